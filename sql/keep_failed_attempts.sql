-- Forget why attempts failed long ago of jobs that have been completed since: those that are no more. In the order of
-- the table's key, some at a time, from where the call before has got to.
--   $1 bigint retention in milliseconds, $2 uuid after job id and $3 bigint after fence (null: from the first),
--   $4 integer how many to look at
-- Returns one row: deleted bigint; last_job_id, last_fence: where to look on, null when there are no more. Locks the
-- rows that it deletes, which nobody else writes.
with looked as materialized (
  select ctid, job_id, fence, failed_at from txq.failed_attempts
  where (job_id, fence) > (coalesce($2::uuid, '00000000-0000-0000-0000-000000000000'), coalesce($3::bigint, -1))
  order by job_id, fence
  limit $4::integer
), gone as (
  delete from txq.failed_attempts
  where ctid = any (array(select ctid from looked
                          where failed_at < now() - $1::bigint * interval '1 millisecond'
                            -- not NOT EXISTS, which the planner may answer by reading the whole table once
                            and (select true from txq.jobs as job where job.id = looked.job_id) is null))
  returning job_id
), last as (
  select job_id, fence from looked
  where (select count(*) from looked) >= $4::integer
  order by job_id desc, fence desc
  limit 1
)
select (select count(*) from gone) as deleted,
       (select job_id from last) as last_job_id, (select fence from last) as last_fence;
