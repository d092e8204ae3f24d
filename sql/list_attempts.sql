-- The attempts of a job that have failed, and are still kept.
--   $1 uuid job id
-- Returns fence, attempt, worker, started_at, failed_at, error_type, message, severity, recoverable, source, details (as
-- text), in order. Locks nothing.
select fence, attempt, worker, started_at, failed_at, error_type, message, severity, recoverable, source,
       details::text as details
from txq.failed_attempts
where job_id = $1::uuid
order by fence;
