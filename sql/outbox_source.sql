-- Which outbox this database holds, and the number of the last batch that a relay has read from it (0: none), and of the
-- first one since it was last read anew (0: never).
-- Returns one row: source uuid, barrier bigint, anew bigint; truncated_txid xid8 and truncated_seq bigint: the last row, in
-- reading order, that is gone because it had been moved (0: none). Locks nothing.
select source.id as source, coalesce(pg_sequence_last_value('txq.outbox_barrier'::regclass), 0) as barrier,
       coalesce(pg_sequence_last_value('txq.outbox_anew'::regclass), 0) as anew,
       source.truncated_txid, source.truncated_seq
from txq.outbox_source as source;
