-- Outboxes from which nothing is moved until a person says so, and what is known of the batches that their databases lack.
--   $1 uuid source, $2 text database (null: all of them)
-- Returns a row per outbox: source, database, why, timeline, batch, kept_batch, relay, stopped_at, stopped_ms bigint (ago),
-- resumed_at; of the batches after kept_batch, as far as they are remembered: first_batch (null: none), jobs bigint,
-- moved_from, moved_until timestamptz, from_at timestamptz: when the batch before them was moved. Locks nothing.
select stopped.source, stopped.database, stopped.why, stopped.timeline, stopped.batch, stopped.kept_batch, stopped.relay,
       stopped.stopped_at, (extract(epoch from clock_timestamp() - stopped.stopped_at) * 1000)::bigint as stopped_ms,
       stopped.resumed_at, lost.first_batch, lost.jobs, lost.moved_from, lost.moved_until,
       coalesce((select kept.moved_at from txq.relay_batches as kept
                 where kept.source = stopped.source and kept.database = stopped.database and kept.batch = lost.first_batch - 1),
                lost.moved_from) as from_at
from txq.stopped_outboxes as stopped
cross join lateral (
  select min(batch.batch) as first_batch, coalesce(sum(batch.jobs), 0)::bigint as jobs,
         min(batch.moved_at) as moved_from, max(batch.moved_at) as moved_until
  from txq.relay_batches as batch
  where batch.source = stopped.source and batch.database = stopped.database and batch.batch > stopped.kept_batch
) as lost
where ($1::uuid is null or stopped.source = $1::uuid) and ($2::text is null or stopped.database = $2::text)
  and stopped.batch = (select last.batch from txq.relay_batches as last
                       where last.source = stopped.source and last.database = stopped.database
                       order by last.batch desc limit 1)
order by stopped.source, stopped.database;
