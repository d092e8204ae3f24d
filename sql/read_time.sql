-- What a person wrote for a point in time, in any form that PostgreSQL reads; in UTC where no zone is given.
--   $1 text
-- Returns one row: epoch_us bigint: microseconds since 1970 (null: infinity). Fails with a datetime error. Locks nothing.
select case when isfinite($1::text::timestamptz) then (extract(epoch from $1::text::timestamptz) * 1000000)::bigint end
  as epoch_us;
