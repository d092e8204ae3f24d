-- All there is to know about a job that has not been completed.
--   $1 uuid id
-- Returns a row or none: the columns of txq.jobs (payload and headers as text), worker_name (null: not running, or its
-- worker is no more), worker_silent_ms: since its last sign of life, worker_lives (within twice its lease), paused_at
-- (of its queue), kind_paused_at, tenant_paused_at, workers bigint (living ones that know its queue and kind), dead_workers bigint (the others),
-- behind_id, behind_state (of a waiting job: the first of its order, which is run before it, or holds it back; null: none is left),
-- processed_at (of its operation; null: it has not been run), limited_by: the limit for whose key a scheduled job is parked, or that
-- lets none of its jobs begin (such as `kind call, payload.host`; null: none), age_ms and state_ms (see list_jobs). Locks nothing.
with worker as materialized (
  select id, name, lease, queues, kinds, coalesce(
    (select beat.beat_at from txq.worker_beats as beat where beat.worker = one.id order by beat.beat desc limit 1),
    started_at) as sign_at
  from txq.workers as one
)
select job.id, job.operation_id, job.queue, job.kind, job.priority, job.state, job.seq, job.run_at, job.attempt,
       job.max_attempts, job.fence, job.crashes, job.worker, job.claimed_at, job.cancelling, job.finished_at,
       job.enqueued_at, job.redrives, job.came_from, job.tenant, job.order_key, job.order_holds, job.payload::text as payload, job.headers::text as headers,
       runner.name as worker_name, (extract(epoch from clock_timestamp() - runner.sign_at) * 1000)::bigint as worker_silent_ms,
       runner.sign_at > clock_timestamp() - 2 * runner.lease as worker_lives,
       (select queue.paused_at from txq.queues as queue where queue.name = job.queue) as paused_at,
       (select kind.paused_at from txq.kinds as kind where kind.name = job.kind) as kind_paused_at,
       (select tenant.paused_at from txq.tenants as tenant where tenant.name = job.tenant) as tenant_paused_at,
       coalesce(parked.in_limit, closed.limit_name) as limited_by,
       able.workers, able.dead_workers, behind.id as behind_id, behind.state as behind_state,
       (select done.processed_at from txq.processed_jobs as done where done.operation_id = job.operation_id) as processed_at,
       (extract(epoch from clock_timestamp() - job.enqueued_at) * 1000)::bigint as age_ms,
       (extract(epoch from case job.state
          when 'scheduled' then job.run_at - clock_timestamp()
          when 'waiting' then clock_timestamp() - job.enqueued_at
          when 'ready' then clock_timestamp() - greatest(job.run_at, job.enqueued_at)
          when 'running' then clock_timestamp() - job.claimed_at
          else clock_timestamp() - job.finished_at
        end) * 1000)::bigint as state_ms
from txq.jobs as job
left join worker as runner on runner.id = job.worker
cross join lateral (
  select count(*) filter (where sign_at > clock_timestamp() - 2 * lease) as workers,
         count(*) filter (where sign_at <= clock_timestamp() - 2 * lease) as dead_workers
  from worker where job.queue = any (worker.queues) and job.kind = any (worker.kinds)
) as able
left join lateral (
  -- said as the index has it
  select first.id, first.state from txq.jobs as first
  where job.state = 'waiting' and first.queue = job.queue and first.order_key = job.order_key and first.order_key is not null
    and (first.state in ('scheduled', 'ready', 'running') or (first.order_holds and first.state in ('dead', 'held')))
  limit 1
) as behind on true
left join lateral (
  select concat_ws(', ', lim.scope || ' ' || lim.name, nullif(lim.each, '')) as in_limit
  from txq.limits as lim
  cross join lateral txq.limit_charge(lim.each, lim.cost, job.tenant, job.payload) as charge
  join txq.parked_jobs as waiting on waiting.limit_id = lim.id and waiting.key = charge.key and waiting.job_id = job.id
    and waiting.fence = job.fence and waiting.run_at = job.run_at
  where job.state = 'scheduled' and lim.name = case lim.scope when 'queue' then job.queue else job.kind end
  limit 1
) as parked on true
left join lateral (
  select lim.scope || ' ' || lim.name as limit_name
  from txq.limits as lim
  where job.state = 'ready' and lim.max_running = 0 and lim.name = case lim.scope when 'queue' then job.queue else job.kind end
  limit 1
) as closed on true
where job.id = $1::uuid;
