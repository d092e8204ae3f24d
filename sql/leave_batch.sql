-- Give back the places of a batch (admit_batch), in the transaction that completes its jobs or leases them.
--   $1 bigint worker, $2 integer locker
-- Returns nothing. Locks the rows that it deletes.
delete from txq.limit_batches where worker = $1::bigint and locker = $2::integer;
