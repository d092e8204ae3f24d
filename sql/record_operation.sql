-- Record a job's operation as run, in the transaction that has its effects: before them, so that a second run of the
-- same operation waits here and then learns that it has been done.
-- Also sets txq.traceparent for the transaction, which goes into the headers of the jobs that it enqueues in SQL.
--   $1 uuid operation_id, $2 uuid job id, $3 text queue, $4 text kind, $5 integer attempt, $6 text traceparent or ''
-- Returns a row, txid xid8 (the transaction's, for commit_outcome), if the operation had not been run yet. Locks: waits
-- for a transaction that is recording the same one.
insert into txq.processed_jobs (operation_id, job_id, queue, kind, attempt)
values ($1::uuid, $2::uuid, $3::text, $4::text, $5::integer)
on conflict (operation_id) do nothing
returning pg_current_xact_id() as txid, set_config('txq.traceparent', $6::text, true) as traceparent;
