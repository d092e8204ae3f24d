-- The states that jobs are in now.
--   $1 uuid[] ids
-- Returns id, state text: for those that are there; completed for one that is recorded and not there (see
-- show_processed_job). Locks nothing.
select given.id, coalesce(job.state::text, 'completed') as state
from unnest($1::uuid[]) as given (id)
left join txq.jobs as job on job.id = given.id
where job.id is not null
   -- not EXISTS, which the planner may answer by reading the whole table once
   or coalesce((select true from txq.processed_jobs as done where done.operation_id = given.id),
               (select true from txq.processed_jobs as done
                where done.job_id = given.id and done.operation_id >= '08000000-0000-0000-0000-000000000000' limit 1),
               false);
