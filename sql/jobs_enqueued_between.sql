-- In which states the jobs are that were enqueued in a span of time, by the clocks of the databases that they come from: of
-- all outboxes, because a job does not know its own. Those that have been completed are not among them.
--   $1 timestamptz from, $2 timestamptz until, $3 integer count no further than this
-- Returns a row per state, the most frequent first: state, jobs bigint, more boolean: whether the counting was given up. Locks nothing.
with job as materialized (
  -- an id begins with its milliseconds
  select state from txq.jobs
  where id >= (lpad(to_hex((extract(epoch from $1::timestamptz) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
    and id < (lpad(to_hex((extract(epoch from $2::timestamptz) * 1000)::bigint + 1), 12, '0') || repeat('0', 20))::uuid
  limit $3::integer + 1
)
select state::text as state, count(*) as jobs, (select count(*) from job) > $3::integer as more
from job group by state order by 2 desc, 1;
