-- Let the jobs of a queue be claimed again, and notify its workers.
--   $1 text queue
-- Returns a row if the queue was paused: paused_at. Locks the queue's row, which is gone afterwards if nothing else is set.
with paused as materialized (
  select name, paused_at, jsonb_strip_nulls(to_jsonb(queue) - '{name,paused_at}'::text[]) = '{}' as is_all
  from txq.queues as queue where name = $1::text and paused_at is not null
  for update
), kept as (
  update txq.queues as queue set paused_at = null from paused where queue.name = paused.name and not paused.is_all
), gone as (
  delete from txq.queues as queue using paused where queue.name = paused.name and paused.is_all
)
select paused_at, pg_notify('txq_jobs', name) from paused;
