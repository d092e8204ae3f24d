-- Give back the places of batches (admit_batch), in the transaction that completes their jobs or leases them, or alone where
-- they were kept for the next one.
--   $1 bigint worker, $2 integer[] lockers
-- Returns nothing. Locks the rows that it deletes.
delete from txq.limit_batches where worker = $1::bigint and locker = any ($2::integer[]);
