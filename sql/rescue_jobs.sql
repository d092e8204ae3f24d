-- Give the jobs of a dead worker to others, at their old places, and forget it: in one statement, so that it happens once.
-- The second time they are suspects: see claim_jobs. A crash is counted for itself and not as an attempt.
--   $1 bigint worker, $2 bigint beat: its last one that was seen (null: none)
--   $3 integer crash limit: a job that was claimed when its worker died for this many times is dead
-- Nothing if the worker has shown a sign of life since: so that it cannot show one at the same time, its row has been
-- locked before (lock_worker).
-- Returns a row per job: id, operation_id, queue, kind, state, crashes, fence, attempt, max_attempts, error_type,
-- message, severity. Locks the worker's row and its jobs; skips those that somebody is writing, such as a transaction that cancels one
-- and stays open: rescue_orphans takes care of them, and does not count the crash.
with gone as (
  delete from txq.workers as worker
  where worker.id = $1::bigint
    and (select max(beat.beat) from txq.worker_beats as beat where beat.worker = worker.id) is not distinct from $2::bigint
  returning worker.id, worker.name, (worker.left_at is null)::integer as crash
), its_jobs as materialized (
  select job.id from txq.jobs as job, gone
  where job.worker = $1::bigint and job.state = 'running'
  for update of job skip locked
), rescued as (
  update txq.jobs as job
  set state = case when job.cancelling then 'cancelled'
                   when job.crashes + gone.crash >= $3::integer then 'dead' else 'ready' end::txq.job_state,
      seq = case when not job.cancelling and job.crashes + gone.crash < $3::integer then job.seq end,
      finished_at = case when job.cancelling or job.crashes + gone.crash >= $3::integer then clock_timestamp() end,
      attempt = job.attempt - 1, crashes = job.crashes + gone.crash, worker = null, claimed_at = null, cancelling = false
  from gone, its_jobs
  where job.id = any (array[its_jobs.id])
  returning job.id, job.operation_id, job.queue, job.kind, job.state, job.crashes, job.fence, job.attempt + 1 as attempt,
            job.max_attempts
), told as (
  select rescued.*, gone.name as worker_name,
         case gone.crash when 1 then 'worker_died' else 'worker_left' end as error_type,
         case gone.crash when 1 then 'the worker that had claimed this job stopped giving signs of life'
                         else 'the handler still ran when its worker left' end as message,
         case gone.crash when 1 then 'error' else 'warning' end as severity
  from rescued cross join gone
), kept as (
  insert into txq.failed_attempts (job_id, fence, attempt, worker, started_at, error_type, message, severity, recoverable, source)
  select told.id, told.fence, told.attempt, told.worker_name,
         (select before.claimed_at from txq.jobs as before where before.id = told.id),
         told.error_type, told.message, told.severity, true, 'txq'
  from told
  on conflict do nothing -- of an earlier job whose id an application has used again
), woken as (
  select pg_notify('txq_returned', queue) from (select distinct queue from rescued where state = 'ready') as ready
  where pg_notification_queue_usage() < 0.95
)
select told.id, operation_id, queue, kind, state, crashes, fence, attempt, max_attempts, error_type,
       message, severity, (select count(*) from woken) as queues_woken
from told;
