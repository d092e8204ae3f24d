-- What a person wrote for a point in time, in any form that PostgreSQL reads; in UTC where no zone is given.
--   $1 text
-- Returns one row: at timestamptz, epoch_us bigint: microseconds since 1970 (null: infinity). Fails with a datetime error.
-- Locks nothing.
select at, case when isfinite(at) then (extract(epoch from at) * 1000000)::bigint end as epoch_us
from (select $1::text::timestamptz as at) as given;
