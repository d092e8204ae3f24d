-- End attempts that succeeded, in the transaction that has locked their jobs (lock_jobs): the jobs are gone from txq.jobs
-- and recorded in txq.processed_jobs.
--   $1 tid[] rows
-- Returns one row: jobs bigint: all of them. Locks the rows that it deletes, which are locked already; waits for a
-- handler's transaction that is recording the same operation.
with ended as (
  delete from txq.jobs where ctid = any ($1::tid[]) and state = 'ready'
  returning id, operation_id, queue, kind, attempt + 1 as attempt
), recorded as (
  insert into txq.processed_jobs (operation_id, job_id, queue, kind, attempt)
  select operation_id, id, queue, kind, attempt from ended order by operation_id
  on conflict (operation_id) do nothing
)
select count(*) as jobs from ended;
