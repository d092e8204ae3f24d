-- End attempts that did not succeed: the jobs wait, are ready again, or have ended without success.
--   $1 bigint worker, $2 text its name; one element per attempt, ids ascending: $3 uuid[] ids, $4 bigint[] fences,
--   $5 text[] states: scheduled, ready (at its old place), dead, held, discarded or cancelled, $6 bigint[] delays in
--   milliseconds (scheduled only), $7 boolean[] refund: whether the attempt does not count, $8 text[] errors as JSON
--   objects with type, severity, recoverable, source and perhaps details (null: no error to keep), $9 text[] messages
-- A job that somebody has asked to cancel is cancelled, whatever its attempt came to.
-- Returns id and state of those that were still this worker's. The others are somebody else's by now: nothing is
-- written for them. Locks the rows that it updates.
-- Whose worker it is, is running: see the table's constraints. Saying so as well would offer the planner a path over all
-- of the worker's running jobs for each of them.
with mine as (
  select * from unnest($3::uuid[], $4::bigint[], $5::text[], $6::bigint[], $7::boolean[], $8::text[], $9::text[])
    as attempt (id, fence, state, delay, refund, error, message)
), ended as (
  update txq.jobs as job
  set state = case when job.cancelling then 'cancelled' else mine.state end::txq.job_state,
      seq = case when not job.cancelling and mine.state = 'ready' then job.seq end,
      run_at = case when not job.cancelling and mine.state = 'scheduled'
                    then clock_timestamp() + mine.delay * interval '1 millisecond' else job.run_at end,
      finished_at = case when job.cancelling or mine.state in ('dead', 'held', 'discarded', 'cancelled') then clock_timestamp() end,
      attempt = job.attempt - mine.refund::integer,
      worker = null, claimed_at = null, cancelling = false
  from mine
  where job.id = any (array[mine.id]) and job.fence = mine.fence and job.worker = $1::bigint
  returning job.id, job.fence, job.state, job.queue, job.attempt + mine.refund::integer as attempt,
            mine.error::jsonb as error, mine.message
), kept as (
  insert into txq.failed_attempts (job_id, fence, attempt, worker, started_at, error_type, message, severity, recoverable,
                                   source, details)
  select ended.id, ended.fence, ended.attempt, $2::text,
         (select before.claimed_at from txq.jobs as before where before.id = ended.id), error->>'type', ended.message,
         error->>'severity', (error->>'recoverable')::boolean, error->>'source', error->'details'
  from ended
  where ended.error is not null
  on conflict do nothing -- of an earlier job whose id an application has used again
), woken as (
  select pg_notify('txq_returned', queue) from (select distinct queue from ended where state = 'ready') as ready
  where pg_notification_queue_usage() < 0.95
)
select id, state, (select count(*) from woken) as queues_woken from ended;
