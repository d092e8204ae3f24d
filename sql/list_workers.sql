-- The workers that are registered, with their last sign of life.
--   $1 integer count no further than this
-- Returns a row per worker: id, name, queues, kinds (JSON arrays), started_at, lease_ms, beat_at, silent_ms bigint:
-- since the last sign of life, lives boolean: whether that was within twice its lease, running bigint: jobs.
-- Locks nothing.
select worker.id, worker.name, to_json(worker.queues)::text as queues, to_json(worker.kinds)::text as kinds,
       worker.started_at,
       (extract(epoch from worker.lease) * 1000)::bigint as lease_ms, last.beat_at,
       (extract(epoch from clock_timestamp() - coalesce(last.beat_at, worker.started_at)) * 1000)::bigint as silent_ms,
       coalesce(last.beat_at, worker.started_at) > clock_timestamp() - 2 * worker.lease as lives,
       (select count(*) from (select from txq.jobs as job where job.state = 'running' and job.worker = worker.id
                              limit $1::integer) as counted) as running
from txq.workers as worker
left join lateral (
  select beat.beat_at from txq.worker_beats as beat where beat.worker = worker.id order by beat.beat desc limit 1
) as last on true
order by worker.id;
