-- Let the jobs of a queue be claimed again, and notify its workers.
--   $1 text queue
-- Returns a row if the queue was paused: paused_at. Locks the queue's row.
with resumed as (
  delete from txq.queues where name = $1::text and paused_at is not null returning paused_at
)
select paused_at, pg_notify('txq_jobs', $1::text) from resumed;
