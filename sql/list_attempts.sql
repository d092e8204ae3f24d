-- The attempts of a job that have failed, and are still kept.
--   $1 uuid job id
-- Returns fence, attempt, worker, started_at, failed_at, error_type, message, in order. Locks nothing.
select fence, attempt, worker, started_at, failed_at, error_type, message
from txq.failed_attempts
where job_id = $1::uuid
order by fence;
