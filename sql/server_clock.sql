-- What the server's clock says.
-- Returns one row: epoch_ms bigint: milliseconds since 1970. Locks nothing.
select (extract(epoch from clock_timestamp()) * 1000)::bigint as epoch_ms;
