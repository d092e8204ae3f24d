-- All limits, and what workers hold of them.
-- Returns a row per limit: scope, name, each, max_running, starts, period_ms bigint, burst, cost, counted boolean, slots: that workers hold, or
-- places that running jobs and batches do, workers: that hold any, wanting: that could use more than they hold; keys: of which jobs hold
-- places, and parked: jobs that wait for their key, 100,000 at most. Locks nothing.
select one.scope, one.name, one.each, one.max_running, one.starts,
       (extract(epoch from one.period) * 1000)::bigint as period_ms, one.burst, one.cost, one.counted,
       coalesce(case when one.counted then counted.slots else granted.slots end, 0) as slots,
       coalesce(case when one.counted then counted.workers else granted.workers end, 0) as workers,
       coalesce(granted.wanting, 0) as wanting, coalesce(counted.keys, 0) as keys, coalesce(waiting.jobs, 0) as parked
from txq.limits as one
left join lateral (
  select sum(held.slots) as slots, count(*) filter (where held.slots > 0) as workers,
         count(*) filter (where held.wanted > held.slots) as wanting
  from txq.limit_grants as held where held.limit_id = one.id and not one.counted
) as granted on true
left join lateral (
  select sum(place.places) as slots, count(distinct place.worker) as workers, count(distinct place.key) as keys
  from (select least(sum(held.cost), max(held.threads)) as places, job.worker, held.key
        from txq.limit_holds as held join txq.jobs as job on job.id = held.job_id and job.fence = held.fence and job.state = 'running'
        where held.limit_id = one.id
        group by job.worker, held.crew, held.key
        union all
        select batch.places, batch.worker, case when not batch.any_key then batch.key end from txq.limit_batches as batch where batch.limit_id = one.id) as place
) as counted on true
left join lateral (
  select count(*) as jobs
  from (select from txq.parked_jobs as parked
        join txq.jobs as job on job.id = parked.job_id and job.fence = parked.fence and job.run_at = parked.run_at
        where parked.limit_id = one.id and job.state = 'scheduled' limit 100000) as known
) as waiting on true
order by one.scope desc, one.name, one.each;
