-- What pg_dump holds while it runs: a snapshot, and a lock on every table that no other statement minds but those that
-- want the table for themselves.
begin isolation level repeatable read;
lock table txq.outbox, txq.jobs, txq.processed_jobs, txq.failed_attempts, txq.workers, txq.worker_beats, txq.relay_batches in access share mode;
select count(*) from txq_bench.orders;
