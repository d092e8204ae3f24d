-- Which outbox this database holds, and the number of the last batch that a relay has read from it (0: none), and of the
-- first one since it was last read anew (0: never).
-- Returns one row: source uuid, barrier bigint, anew bigint. Locks nothing.
select source.id as source, coalesce(pg_sequence_last_value('txq.outbox_barrier'::regclass), 0) as barrier,
       coalesce(pg_sequence_last_value('txq.outbox_anew'::regclass), 0) as anew
from txq.outbox_source as source;
