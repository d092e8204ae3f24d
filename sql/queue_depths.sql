-- How many jobs wait to be run in the queues that have a maximum depth, counted no further than to that.
-- Returns a row per queue that has as many or more: queue, max_depth, refuses boolean: whether it takes no more. Locks
-- nothing.
select known.name as queue, known.max_depth, known.when_full = 'refuse' as refuses
from txq.queues as known
cross join lateral (
  select count(*) as jobs
  from (select from txq.jobs as job where job.state = 'ready' and job.queue = known.name limit known.max_depth) as some_jobs
) as ready
cross join lateral (
  select count(*) as jobs
  from (select from txq.jobs as job where job.state = 'waiting' and job.queue = known.name limit known.max_depth) as some_jobs
) as waiting
cross join lateral (
  -- those that a limit keeps from beginning
  select count(*) as jobs
  from (select from txq.parked_jobs as parked
        cross join lateral (select state, fence, run_at from txq.jobs where id = parked.job_id limit 1) as job
        where parked.queue = known.name and job.state = 'scheduled' and job.fence = parked.fence and job.run_at = parked.run_at
        limit greatest(0, known.max_depth - ready.jobs - waiting.jobs)) as some_jobs
) as parked
where known.max_depth is not null and ready.jobs + waiting.jobs + parked.jobs >= known.max_depth
order by known.name;
