-- What a person wrote for a point in time, in any form that PostgreSQL reads; in UTC where no zone is given.
--   $1 text
-- Returns one row: epoch_us bigint: microseconds since 1970. Fails with a datetime error. Locks nothing.
select (extract(epoch from $1::text::timestamptz) * 1000000)::bigint as epoch_us;
