-- Make jobs ready now that wait or have ended without success, and notify the workers of their queues. What has ended
-- gets all of its attempts again; the fence and the errors of earlier attempts stay.
--   $1 uuid[] ids, $2 text[] states: those that are in one of them; scheduled, dead, discarded and cancelled can be
-- Returns the ids of those that are ready now. Locks the rows that it updates; waits for those who are writing them.
with chosen as materialized (
  select id from txq.jobs
  where id = any ($1::uuid[]) and state::text = any ($2::text[]) and state in ('scheduled', 'dead', 'discarded', 'cancelled')
  order by id
  for update
), retried as (
  update txq.jobs as job
  set state = 'ready', seq = nextval('txq.job_seq'), run_at = clock_timestamp(), finished_at = null,
      attempt = case job.state when 'scheduled' then job.attempt else 0 end,
      crashes = case job.state when 'scheduled' then job.crashes else 0 end
  from chosen
  where job.id = chosen.id
  returning job.id, job.queue
), woken as (
  select pg_notify('txq_jobs', queue) from (select distinct queue from retried) as ready
)
select id, (select count(*) from woken) as queues_woken from retried;
