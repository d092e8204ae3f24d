-- Whether jobs are parked for some keys. One of which somebody is just saying so may be missed.
--   $1 bigint[] limits, $2 text[] keys
-- Returns one row: parked boolean. Locks nothing.
select exists (
  select from unnest($1::bigint[], $2::text[]) as held (limit_id, key)
  cross join lateral (select from txq.parked_jobs as waiting
                      where waiting.limit_id = held.limit_id and waiting.key = held.key limit 1) as one) as parked;
