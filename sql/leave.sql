-- Forget a worker that leaves by itself. What it still holds is ready again at its old place, and the attempt does not
-- count.
--   $1 bigint worker
-- Returns a row per job that it still held: id, queue. Locks the worker's row and its jobs.
with gone as (
  delete from txq.workers where id = $1::bigint
), released as (
  update txq.jobs
  set state = case when cancelling then 'cancelled' else 'ready' end::txq.job_state,
      seq = case when not cancelling then seq end,
      finished_at = case when cancelling then clock_timestamp() end,
      attempt = attempt - 1, worker = null, claimed_at = null, cancelling = false
  where worker = $1::bigint and state = 'running'
  returning id, queue, state
), woken as (
  select pg_notify('txq_returned', queue) from (select distinct queue from released where state = 'ready') as ready
  where pg_notification_queue_usage() < 0.95
)
select id, queue, (select count(*) from woken) as queues_woken from released;
