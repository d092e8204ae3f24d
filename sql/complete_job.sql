-- End one attempt that succeeded, in the transaction that has its effects and its record (see record_operation).
--   $1 bigint worker, $2 uuid id, $3 bigint fence
-- Returns a row if the job was still this worker's; otherwise the transaction must be rolled back.
-- Locks the row that it deletes.
-- Whose worker it is, is running: see the table's constraints. Saying so as well would offer the planner a path over all
-- of the worker's running jobs instead of the key.
delete from txq.jobs
where id = $2::uuid and fence = $3::bigint and worker = $1::bigint
returning id;
