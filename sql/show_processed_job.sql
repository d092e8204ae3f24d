-- The record of an operation that has been run. A job that was enqueued without an operation id of its own is found by
-- its id as well, which is then the same.
--   $1 uuid operation_id
-- Returns a row or none: job_id, operation_id, queue, kind, attempt, processed_at. Locks nothing.
select job_id, operation_id, queue, kind, attempt, processed_at from txq.processed_jobs where operation_id = $1::uuid;
