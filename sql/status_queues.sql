-- How the queues are: those that have jobs or workers or are set up or paused, as far as can be seen at a bounded cost.
--   $1 integer count no further than this per state, and per queue for ready jobs (less where there are many queues)
-- Returns a row per queue: queue, paused_at, fair boolean: whether its tenants take turns, workers bigint (living ones that
-- serve it), dead_workers bigint (that are registered for it and have given no sign of life for twice their lease, by this
-- database's clock), ready bigint, ready_more boolean: whether there are more than were counted, oldest_ready_ms bigint (null: none), running, running_more, longest_running_ms,
-- scheduled, scheduled_more, next_in_ms (null: none seen; negative: overdue), dead, dead_more, last_dead_ms (ago), held,
-- held_more, oldest_held_ms, waiting, waiting_more: for jobs with the same order_key, stopped_orders bigint: those of them of
-- which jobs wait behind one of the dead and held jobs that were counted,
-- max_depth integer (null: any), when_full text, full boolean, limits json: those of the queue itself, each with each, max_running,
-- starts, period_ms, burst and cost as list_limits has them. Of scheduled jobs the next ones are looked at, of dead jobs the latest, of held jobs those
-- that have been so for longest. Locks nothing.
with recursive ready_queue (name) as (
  -- one look into the index per queue, instead of one per job
  (select queue from txq.jobs where state = 'ready' order by queue limit 1)
  union all
  select (select job.queue from txq.jobs as job where job.state = 'ready' and job.queue > before.name order by job.queue limit 1)
  from ready_queue as before where before.name is not null
), running_sample as materialized (
  select queue, claimed_at from txq.jobs where state = 'running' limit $1::integer
), scheduled_sample as materialized (
  select queue, run_at from txq.jobs where state = 'scheduled' order by run_at limit $1::integer
), dead_sample as materialized (
  select queue, finished_at, order_key, order_holds from txq.jobs where state = 'dead' and finished_at is not null
  order by finished_at desc limit $1::integer
), held_sample as materialized (
  select queue, finished_at, order_key, order_holds from txq.jobs where state = 'held' and finished_at is not null
  order by finished_at limit $1::integer
), waiting_sample as materialized (
  select queue from txq.jobs where state = 'waiting' limit $1::integer
), running as (
  select queue, count(*) as jobs, min(claimed_at) as first from running_sample group by queue
), scheduled as (
  select queue, count(*) as jobs, min(run_at) as first from scheduled_sample group by queue
), dead as (
  select queue, count(*) as jobs, max(finished_at) as last from dead_sample group by queue
), held as (
  select queue, count(*) as jobs, min(finished_at) as first from held_sample group by queue
), waiting as (
  select queue, count(*) as jobs from waiting_sample group by queue
), stopped as (
  select ended.queue, count(*) as orders
  from (select queue, order_key from dead_sample where order_holds
        union all select queue, order_key from held_sample where order_holds) as ended
  where (select true from txq.jobs as job
         where job.state = 'waiting' and job.queue = ended.queue and job.order_key = ended.order_key limit 1)
  group by ended.queue
), living as (
  select worker.queues, coalesce(
    (select beat.beat_at from txq.worker_beats as beat where beat.worker = worker.id order by beat.beat desc limit 1),
    worker.started_at) > clock_timestamp() - 2 * worker.lease as lives
  from txq.workers as worker
), serving as (
  select served.queue, count(*) filter (where living.lives) as workers, count(*) filter (where not living.lives) as dead
  from living cross join unnest(living.queues) as served (queue)
  group by served.queue
), queue (name) as (
  select name from ready_queue where name is not null
  union select queue from running union select queue from scheduled union select queue from dead union select queue from held
  union select queue from waiting union select queue from serving union select name from txq.queues
), bound (jobs) as (
  select least($1::integer, greatest(100, 20 * $1::bigint / greatest(count(*), 1)))::integer from queue
)
select queue.name as queue, known.paused_at, coalesce(known.fair, false) as fair, coalesce(serving.workers, 0) as workers, coalesce(serving.dead, 0) as dead_workers,
       least(ready.jobs, bound.jobs) as ready, ready.jobs > bound.jobs as ready_more, oldest.ms as oldest_ready_ms,
       coalesce(running.jobs, 0) as running,
       (select count(*) from running_sample) >= $1::integer as running_more,
       (extract(epoch from clock_timestamp() - running.first) * 1000)::bigint as longest_running_ms,
       coalesce(scheduled.jobs, 0) as scheduled,
       (select count(*) from scheduled_sample) >= $1::integer as scheduled_more,
       (extract(epoch from scheduled.first - clock_timestamp()) * 1000)::bigint as next_in_ms,
       coalesce(dead.jobs, 0) as dead,
       (select count(*) from dead_sample) >= $1::integer as dead_more,
       (extract(epoch from clock_timestamp() - dead.last) * 1000)::bigint as last_dead_ms,
       coalesce(held.jobs, 0) as held,
       (select count(*) from held_sample) >= $1::integer as held_more,
       (extract(epoch from clock_timestamp() - held.first) * 1000)::bigint as oldest_held_ms,
       coalesce(waiting.jobs, 0) as waiting,
       (select count(*) from waiting_sample) >= $1::integer as waiting_more,
       coalesce(stopped.orders, 0) as stopped_orders,
       known.max_depth, known.when_full,
       -- counted on its own, since the counts above may not go so far
       case when known.max_depth is null then false else
         (select count(*) from (select from txq.jobs as job where job.state = 'ready' and job.queue = queue.name
                                limit known.max_depth) as some_jobs)
         + (select count(*) from (select from txq.jobs as job where job.state = 'waiting' and job.queue = queue.name
                                  limit known.max_depth) as some_jobs) >= known.max_depth
       end as full,
       (select coalesce(json_agg(json_build_object(
                 'each', nullif(lim.each, ''), 'max_running', lim.max_running, 'starts', lim.starts,
                 'period_ms', (extract(epoch from lim.period) * 1000)::bigint, 'burst', lim.burst, 'cost', lim.cost) order by lim.each), '[]')
        from txq.limits as lim where lim.scope = 'queue' and lim.name = queue.name) as limits
from queue
cross join bound
left join txq.queues as known on known.name = queue.name
left join serving on serving.queue = queue.name
left join running on running.queue = queue.name
left join scheduled on scheduled.queue = queue.name
left join dead on dead.queue = queue.name
left join held on held.queue = queue.name
left join waiting on waiting.queue = queue.name
left join stopped on stopped.queue = queue.name
cross join lateral (
  select count(*) as jobs
  from (select from txq.jobs as job where job.state = 'ready' and job.queue = queue.name limit bound.jobs + 1) as counted
) as ready
cross join lateral (
  -- the first in line of each priority: the oldest of them is the oldest of the queue
  select (extract(epoch from clock_timestamp() - min(first.since)) * 1000)::bigint as ms
  from generate_series(0, 3) as level (priority)
  cross join (values (false), (true)) as among (suspects)
  cross join lateral (
    select greatest(job.run_at, job.enqueued_at) as since from txq.jobs as job
    where job.state = 'ready' and job.queue = queue.name and (job.crashes > 1) = among.suspects
      and job.priority = level.priority
    order by job.seq limit 1
  ) as first
) as oldest
order by queue.name;
