-- Let inserts go on to the next empty slot of the ring, if there is one and the one they go to is not empty.
-- In a transaction of its own after truncate_outbox: inserts would wait for that one's lock.
-- Returns one row: turned boolean. Locks nothing.
with turn as (
  select pg_sequence_last_value('txq.outbox_turn'::regclass) as value
), next as (
  select turn.value + step as value
  from turn cross join generate_series(1, 2) as step
  where pg_relation_size(('txq.outbox_' || turn.value % 3)::regclass) > 0
    and pg_relation_size(('txq.outbox_' || (turn.value + step) % 3)::regclass) = 0
  order by step
  limit 1
)
select (select setval('txq.outbox_turn', next.value) from next) is not null as turned;
