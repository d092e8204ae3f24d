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
where known.max_depth is not null and ready.jobs + waiting.jobs >= known.max_depth
order by known.name;
