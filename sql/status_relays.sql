-- The last batch of every outbox that has been moved into this queue.
-- Returns a row per source: source uuid, batch, jobs (of that batch), relay, moved_at, moved_ms bigint (ago). Locks nothing.
with recursive last (source, batch) as (
  -- one look into the index per source
  (select source, batch from txq.relay_batches order by source desc, batch desc limit 1)
  union all
  select next.source, next.batch
  from last cross join lateral (
    select one.source, one.batch from txq.relay_batches as one where one.source < last.source
    order by one.source desc, one.batch desc limit 1
  ) as next
)
select batch.source, batch.batch, batch.jobs, batch.relay, batch.moved_at,
       (extract(epoch from clock_timestamp() - batch.moved_at) * 1000)::bigint as moved_ms
from last join txq.relay_batches as batch on batch.source = last.source and batch.batch = last.batch
order by batch.source;
