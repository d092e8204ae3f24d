-- A point in time by the database's clock.
--   $1 bigint milliseconds ago
-- Returns one row: at timestamptz. Locks nothing.
select clock_timestamp() - $1::bigint * interval '1 millisecond' as at;
