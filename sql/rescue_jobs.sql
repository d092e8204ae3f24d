-- Give the jobs of a dead worker to others, at their old places, and forget it: in one statement, so that it happens once.
--   $1 bigint worker, $2 bigint beat: its last one that was seen
--   $3 integer crash limit: a job that was running when its worker died for this many times is dead
-- Nothing if the worker has shown a sign of life since.
-- Returns a row per job: id, queue, kind, state, crashes. Locks the worker's row and its jobs.
with gone as (
  delete from txq.workers as worker
  where worker.id = $1::bigint
    and (select max(beat.beat) from txq.worker_beats as beat where beat.worker = worker.id) = $2::bigint
  returning worker.id, worker.name
), rescued as (
  update txq.jobs as job
  set state = case when job.cancelling then 'cancelled' when job.crashes + 1 >= $3::integer then 'dead' else 'ready' end::txq.job_state,
      seq = case when not job.cancelling and job.crashes + 1 < $3::integer then job.seq end,
      finished_at = case when job.cancelling or job.crashes + 1 >= $3::integer then clock_timestamp() end,
      crashes = job.crashes + 1, worker = null, claimed_at = null, cancelling = false
  from gone
  where job.worker = gone.id and job.state = 'running'
  returning job.id, job.queue, job.kind, job.state, job.crashes, job.fence, job.attempt
), kept as (
  insert into txq.failed_attempts (job_id, fence, attempt, worker, started_at, error_type, message)
  select rescued.id, rescued.fence, rescued.attempt, gone.name, before.claimed_at, 'worker_died',
         'the worker that ran this attempt stopped giving signs of life'
  from rescued join txq.jobs as before using (id) cross join gone
), woken as (
  select pg_notify('txq_jobs', queue) from (select distinct queue from rescued where state = 'ready') as ready
)
select id, queue, kind, state, crashes, (select count(*) from woken) as queues_woken from rescued;
