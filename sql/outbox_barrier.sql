-- Make everything that read_outbox could see durable, before it is handed on: an application that committed with
-- synchronous_commit = off is visible before it is on disk, and this write's flush covers all of the log before it.
-- Runs in a transaction of its own, committed synchronously.
--   $1 bigint batch
-- Returns one row. Locks nothing for longer than a moment.
select pg_current_xact_id(), setval('txq.outbox_barrier', $1::bigint);
