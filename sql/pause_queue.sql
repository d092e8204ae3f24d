-- Let no more jobs of a queue be claimed; those that run go on. A queue that is paused stays so since when it was.
--   $1 text queue
-- Returns one row: paused_at, already boolean, workers bigint (living ones that serve it). Locks the queue's row.
with paused as (
  insert into txq.queues as queue (name, paused_at) values ($1::text, clock_timestamp())
  on conflict (name) do update set paused_at = coalesce(queue.paused_at, excluded.paused_at)
  returning paused_at
)
select paused.paused_at,
       exists (select from txq.queues where name = $1::text and queues.paused_at is not null) as already,
       (select count(*) from txq.workers as worker where $1::text = any (worker.queues)
          and coalesce((select beat.beat_at from txq.worker_beats as beat where beat.worker = worker.id order by beat.beat desc limit 1),
                       worker.started_at) > clock_timestamp() - 2 * worker.lease) as workers
from paused;
