-- The database's clock.
-- Returns one row: epoch_ns bigint. Locks nothing.
select (extract(epoch from clock_timestamp()) * 1000000000)::bigint as epoch_ns;
