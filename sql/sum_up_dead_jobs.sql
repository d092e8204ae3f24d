-- What some dead jobs are like, for a preview.
--   $1 uuid[] ids
-- Returns a row per queue, kind and type of the last error (null: none is kept): queue, kind, error_type, jobs bigint,
-- first_died_ms, last_died_ms bigint (ago). Locks nothing.
select job.queue, job.kind, failed.error_type, count(*) as jobs,
       (extract(epoch from clock_timestamp() - min(job.finished_at)) * 1000)::bigint as first_died_ms,
       (extract(epoch from clock_timestamp() - max(job.finished_at)) * 1000)::bigint as last_died_ms
from txq.jobs as job
left join lateral (
  select attempt.error_type from txq.failed_attempts as attempt
  where attempt.job_id = job.id order by attempt.fence desc limit 1
) as failed on true
where job.id = any ($1::uuid[]) and job.state = 'dead'
group by job.queue, job.kind, failed.error_type;
