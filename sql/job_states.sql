-- The states that jobs are in now.
--   $1 uuid[] ids
-- Returns id, state text: for those that are there; completed for one that is recorded and not there (see
-- show_processed_job); for running ones worker text: its name (null: its worker is no more), silent_ms bigint: since
-- its last sign of life,
-- lives boolean: whether that was within twice its lease. Locks nothing.
select given.id, coalesce(job.state::text, 'completed') as state, worker.name as worker,
       (extract(epoch from clock_timestamp() - sign.at) * 1000)::bigint as silent_ms,
       sign.at > clock_timestamp() - 2 * worker.lease as lives
from unnest($1::uuid[]) as given (id)
left join txq.jobs as job on job.id = given.id
left join txq.workers as worker on worker.id = job.worker
left join lateral (
  select coalesce((select beat.beat_at from txq.worker_beats as beat where beat.worker = worker.id order by beat.beat desc limit 1),
                  worker.started_at) as at
) as sign on worker.id is not null
where job.id is not null
   -- not EXISTS, which the planner may answer by reading the whole table once
   or coalesce((select true from txq.processed_jobs as done where done.operation_id = given.id),
               (select true from txq.processed_jobs as done
                where done.job_id = given.id and done.operation_id >= '08000000-0000-0000-0000-000000000000' limit 1),
               false);
