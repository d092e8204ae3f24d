-- All there is to know about a job that has not been completed.
--   $1 uuid id
-- Returns a row or none: the columns of txq.jobs (payload and headers as text), worker_name (null: not running, or its
-- worker is no more), paused_at (of its queue), workers bigint (that know its queue and kind), processed_at (of its
-- operation; null: it has not been run), age_ms and state_ms (see list_jobs). Locks nothing.
select job.id, job.operation_id, job.queue, job.kind, job.priority, job.state, job.seq, job.run_at, job.attempt,
       job.max_attempts, job.fence, job.crashes, job.worker, job.claimed_at, job.cancelling, job.finished_at,
       job.enqueued_at, job.payload::text as payload, job.headers::text as headers,
       (select worker.name from txq.workers as worker where worker.id = job.worker) as worker_name,
       (select queue.paused_at from txq.queues as queue where queue.name = job.queue) as paused_at,
       (select count(*) from txq.workers as worker
        where job.queue = any (worker.queues) and job.kind = any (worker.kinds)) as workers,
       (select done.processed_at from txq.processed_jobs as done where done.operation_id = job.operation_id) as processed_at,
       (extract(epoch from clock_timestamp() - job.enqueued_at) * 1000)::bigint as age_ms,
       (extract(epoch from case job.state
          when 'scheduled' then job.run_at - clock_timestamp()
          when 'ready' then clock_timestamp() - greatest(job.run_at, job.enqueued_at)
          when 'running' then clock_timestamp() - job.claimed_at
          else clock_timestamp() - job.finished_at
        end) * 1000)::bigint as state_ms
from txq.jobs as job
where job.id = $1::uuid;
