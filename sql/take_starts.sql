-- Take some of a limit's beginnings, for handlers that begin within half a second.
--   $1 bigint limit, $2 integer wanted
-- Returns a row if there is that limit and nobody else has locked its bucket, such as a transaction that changes it: starts integer: how many were taken, wait_ms bigint: how long until there will be
-- one more. Locks the limit's bucket, and waits for nobody; writes it only if it takes any, or if the clock was ahead when it was last written: a
-- clock that was set right lets nothing begin that it has not brought, and goes on from where it is.
with bucket as materialized (
  select held.limit_id, held.starts as had, held.filled_at, one.burst,
         one.starts / extract(epoch from one.period)::double precision as rate
  from txq.limit_buckets as held
  join txq.limits as one on one.id = held.limit_id
  where held.limit_id = $1::bigint
  for update of held skip locked
), moment as materialized (
  -- when the lock is held, so not before whoever had it
  select *, clock_timestamp() as now from bucket
), filled as materialized (
  select *, least(burst, had + greatest(0, extract(epoch from now - filled_at)::double precision) * rate) as available
  from moment
), given as materialized (
  select *, least($2::integer, floor(available)::integer) as starts from filled
), taken as (
  update txq.limit_buckets as held
  set starts = given.available - given.starts, filled_at = given.now
  from given
  where held.limit_id = given.limit_id and (given.starts > 0 or given.now < given.filled_at)
)
select starts, ceil(greatest(0, 1 - (available - starts)) / rate * 1000)::bigint as wait_ms from given;
