-- Make everything that read_outbox could see durable, before it is handed on: an application that committed with
-- synchronous_commit = off is visible before it is on disk, and this write's flush covers all of the log before it.
-- Runs in a transaction of its own, committed synchronously.
--   $1 bigint batch, $2 bigint known: what the barrier is as far as this relay knows. It is what tells whether commits
--   were lost, so who is behind another relay must not set it back.
-- Returns one row; none: another relay has moved on. Takes a transaction-level advisory lock, for a moment.
with alone as materialized (select pg_advisory_xact_lock(hashtextextended('txq-relay barrier', 0)))
select pg_current_xact_id(), setval('txq.outbox_barrier', $1::bigint)
from alone
where coalesce(pg_sequence_last_value('txq.outbox_barrier'::regclass), 0) = $2::bigint;
