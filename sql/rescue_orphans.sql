-- Give jobs to others whose worker is not registered: claimed by a worker that was found dead at the same moment.
-- The claim never reached a handler that could end it, so it is no crash, and the attempt does not count. Goes behind lock_duty, in
-- one transaction.
-- Returns a row per job: id, queue, state: ready, or cancelled for one that somebody wanted cancelled. Locks the jobs;
-- skips those that are being written.
with gone as materialized (
  select distinct job.worker from txq.jobs as job
  where job.state = 'running' and not exists (select from txq.workers as worker where worker.id = job.worker)
), orphans as materialized (
  -- By the worker's id: a row that was written meanwhile is looked at again when it is locked, but only by itself, and
  -- a job that has been given to another worker since would seem to be that of none.
  select id from txq.jobs
  where state = 'running' and worker = any (array(select worker from gone))
  for update skip locked
), released as (
  update txq.jobs as job
  set state = case when job.cancelling then 'cancelled' else 'ready' end::txq.job_state,
      seq = case when not job.cancelling then job.seq end,
      finished_at = case when job.cancelling then clock_timestamp() end,
      attempt = job.attempt - 1, worker = null, claimed_at = null, cancelling = false
  from orphans
  where job.id = any (array[orphans.id])
  returning job.id, job.queue, job.state
), woken as (
  select pg_notify('txq_returned', queue) from (select distinct queue from released where state = 'ready') as ready
  where pg_notification_queue_usage() < 0.95
)
select id, queue, state, (select count(*) from woken) as queues_woken from released;
