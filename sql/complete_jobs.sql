-- End attempts that succeeded: the jobs are gone from txq.jobs and recorded in txq.processed_jobs.
--   $1 bigint worker, $2 uuid[] ids (ascending, so that two workers cannot deadlock), $3 bigint[] fences
-- Returns the ids that were still this worker's. The others are somebody else's by now: nothing is written for them.
-- Locks the rows that it deletes.
-- Whose worker it is, is running: see the table's constraints. Saying so as well would offer the planner a path over all
-- of the worker's running jobs for each of them.
with ended as (
  delete from txq.jobs as job
  using unnest($2::uuid[], $3::bigint[]) as mine (id, fence)
  where job.id = any (array[mine.id]) and job.fence = mine.fence and job.worker = $1::bigint
  returning job.id, job.operation_id, job.queue, job.kind, job.attempt
), recorded as (
  insert into txq.processed_jobs (operation_id, job_id, queue, kind, attempt)
  select operation_id, id, queue, kind, attempt from ended order by operation_id
  on conflict (operation_id) do nothing
)
select id from ended;
