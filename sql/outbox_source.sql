-- Which outbox this database holds, and the number of the last batch that a relay has read from it (0: none).
-- Returns one row: source uuid, barrier bigint. Locks nothing.
select source.id as source, coalesce(pg_sequence_last_value('txq.outbox_barrier'::regclass), 0) as barrier
from txq.outbox_source as source;
