-- The last batch of every outbox that has been moved into this queue.
-- Returns a row per source and database: source uuid, database text, batch, jobs (of that batch), relay, moved_at,
-- moved_ms bigint (ago). Locks nothing.
with recursive last (source, database, batch) as (
  -- one look into the index per outbox
  (select source, database, batch from txq.relay_batches order by source desc, database desc, batch desc limit 1)
  union all
  select next.source, next.database, next.batch
  from last cross join lateral (
    select one.source, one.database, one.batch from txq.relay_batches as one
    where (one.source, one.database) < (last.source, last.database)
    order by one.source desc, one.database desc, one.batch desc limit 1
  ) as next
)
select batch.source, batch.database, batch.batch, batch.jobs, batch.relay, batch.moved_at,
       (extract(epoch from clock_timestamp() - batch.moved_at) * 1000)::bigint as moved_ms
from last join txq.relay_batches as batch using (source, database, batch)
order by batch.source, batch.database;
