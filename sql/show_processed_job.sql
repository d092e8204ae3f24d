-- The record of an operation that has been run, by its id or by that of the job that was run. By the latter only where
-- the operation's id is a name's or random: elsewhere it is the job's own, unless the producer gave one in time order.
--   $1 uuid operation id or job id
-- Returns a row or none: job_id, operation_id, queue, kind, attempt, processed_at. Locks nothing.
select job_id, operation_id, queue, kind, attempt, processed_at from (
  (select * from txq.processed_jobs where operation_id = $1::uuid)
  union all
  -- of the one partition that has an index for this
  (select * from txq.processed_jobs
   where job_id = $1::uuid and operation_id >= '08000000-0000-0000-0000-000000000000' limit 1)
) as found
limit 1;
