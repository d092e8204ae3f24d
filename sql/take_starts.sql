-- Take some of a limit's beginnings, for handlers that begin within half a second.
--   $1 bigint limit, $2 integer wanted
-- Returns a row if there is that limit: starts integer: how many were taken, wait_ms bigint: how long until there will be
-- one more. Locks the limit's bucket; writes it only if it takes any.
with bucket as materialized (
  select held.limit_id, moment.now, one.starts / extract(epoch from one.period)::double precision as rate,
         least(one.burst, held.starts + greatest(0, extract(epoch from moment.now - held.filled_at)::double precision)
                                        * one.starts / extract(epoch from one.period)::double precision) as available
  from txq.limit_buckets as held
  join txq.limits as one on one.id = held.limit_id
  cross join (select clock_timestamp() as now) as moment
  where held.limit_id = $1::bigint
  for update of held
), given as materialized (
  select *, least($2::integer, floor(available)::integer) as starts from bucket
), taken as (
  update txq.limit_buckets as held
  -- whoever had the lock before may have come by a later time
  set starts = given.available - given.starts, filled_at = greatest(held.filled_at, given.now)
  from given
  where held.limit_id = given.limit_id and given.starts > 0
)
select starts, ceil(greatest(0, 1 - (available - starts)) / rate * 1000)::bigint as wait_ms from given;
