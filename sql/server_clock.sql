-- What the server's clock says.
-- Returns one row: epoch_ns bigint: nanoseconds since 1970. Locks nothing.
select (extract(epoch from clock_timestamp()) * 1000000000)::bigint as epoch_ns;
