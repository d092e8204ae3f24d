-- End jobs that have not begun, and ask the workers of those that run to stop them.
--   $1 uuid[] ids, $2 text[] states: those that are in one of them; waiting, scheduled, ready and running can be
-- Returns id, state: cancelled, or running for those that their worker is going to stop. Locks the rows that it
-- updates; waits for those who are writing them.
with chosen as materialized (
  select id from txq.jobs where id = any ($1::uuid[]) and state::text = any ($2::text[]) and state in ('waiting', 'scheduled', 'ready', 'running') order by id for update
)
update txq.jobs as job
set state = case job.state when 'running' then 'running' else 'cancelled' end::txq.job_state,
    seq = case job.state when 'running' then job.seq end,
    finished_at = case when job.state <> 'running' then clock_timestamp() end,
    cancelling = job.state = 'running'
from chosen
where job.id = any (array[chosen.id])
returning job.id, job.state;
