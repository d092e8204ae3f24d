-- Let jobs that wait run at another time; one whose time is past is ready when a worker looks next.
--   $1 uuid[] ids, $2 bigint run_at in microseconds since 1970
-- Returns the ids of those that are to run then. Locks the rows that it updates; passes over those that others have locked,
-- and over ready ones that somebody had locked before, who may still run them (see lock_jobs).
with chosen as materialized (
  select id, timestamptz 'epoch' + $2::bigint * interval '1 microsecond' as new_run_at from txq.jobs
  where id = any ($1::uuid[]) and (state in ('waiting', 'scheduled') or state = 'ready' and (xmax = '0' or xmax = xmin))
  order by id
  for update skip locked
)
update txq.jobs as job
set run_at = chosen.new_run_at,
    state = case when chosen.new_run_at > now() and job.state <> 'waiting' then 'scheduled' else job.state end,
    seq = case when chosen.new_run_at > now() then null else job.seq end
from chosen
where job.id = any (array[chosen.id])
returning job.id;
