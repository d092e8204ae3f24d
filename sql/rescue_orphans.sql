-- Make jobs ready again whose worker is not registered: claimed by a worker that was found dead at the same moment.
-- The claim never reached a handler that could end it, so it is no crash.
-- Returns a row per job: id, queue. Locks the jobs; skips those that are being written.
with orphans as materialized (
  select id from txq.jobs as job
  where job.state = 'running' and not exists (select from txq.workers as worker where worker.id = job.worker)
  for update skip locked
), released as (
  update txq.jobs as job
  set state = 'ready', worker = null, claimed_at = null, cancelling = false
  from orphans
  where job.id = orphans.id
  returning job.id, job.queue
), woken as (
  select pg_notify('txq_jobs', queue) from (select distinct queue from released) as ready
)
select id, queue, (select count(*) from woken) as queues_woken from released;
