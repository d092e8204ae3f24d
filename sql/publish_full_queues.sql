-- Say in the outbox's database which queues are full, for those who enqueue; see txq.has_room.
--   one element per queue: $1 text[] queues, $2 bigint[] max_depths, $3 boolean[] refuses
-- Returns a row if their number has changed. Locks the rows that it writes.
with gone as (
  delete from txq.full_queues where queue <> all ($1::text[])
), noted as (
  insert into txq.full_queues as known (queue, depth, max_depth, refuses)
  select given.queue, given.max_depth, given.max_depth, given.refuses
  from unnest($1::text[], $2::bigint[], $3::boolean[]) as given (queue, max_depth, refuses)
  on conflict (queue) do update set depth = excluded.depth, max_depth = excluded.max_depth, refuses = excluded.refuses,
                                    noted_at = clock_timestamp()
)
select setval('txq.fullness', cardinality($1::text[]))
where coalesce(pg_sequence_last_value('txq.fullness'::regclass), 0) <> cardinality($1::text[]);
