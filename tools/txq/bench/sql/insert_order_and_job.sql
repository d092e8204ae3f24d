-- The same and a row of the outbox, both in one plan.
--   $1 bigint customer, $2 text kind, $3 jsonb payload, $4 text queue
-- Returns nothing. Locks nothing but the rows it adds.
with placed as (
  insert into txq_bench.orders (customer, note) values ($1::bigint, 'two of the blue ones, please') returning id
)
insert into txq.outbox (kind, payload, queue) select $2, $3, $4 from placed;
