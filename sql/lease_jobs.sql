-- Write the lease of attempts that began under locks (lock_jobs) and last: in the transaction that has locked the jobs,
-- or in a later one if that has come to nothing, or nobody knows what.
--   $1 bigint worker; one element per attempt, ids ascending: $2 uuid[] ids, $3 bigint[] fences of the attempts
-- Returns the ids of those that are this worker's now, or were already. The others have been given to somebody else or
-- are completed. Nothing for a worker that is not registered.
-- Locks the rows that it updates; waits for those who are claiming them, and then says nothing of what they have got.
with mine as materialized (
  select * from unnest($2::uuid[], $3::bigint[]) as attempt (id, fence)
), free as materialized (
  select job.ctid from mine join txq.jobs as job on job.id = any (array[mine.id])
  -- ready, said so that no index of ready jobs is offered
  where job.worker is null and job.seq is not null and job.fence = mine.fence - 1
    and exists (select from txq.workers where id = $1::bigint)
  for update of job
), leased as (
  update txq.jobs as job
  set state = 'running', worker = $1::bigint, claimed_at = clock_timestamp(), attempt = job.attempt + 1,
      fence = job.fence + 1
  where job.ctid = any (array(select ctid from free))
  returning job.id
)
select id from leased
union all
select job.id
from mine join txq.jobs as job on job.id = any (array[mine.id])
where job.fence = mine.fence and job.worker = $1::bigint;
