-- The same and a job of it in one statement.
--   $1 bigint customer, $2 text kind, $3 jsonb payload, $4 text queue
-- Returns the job's id. Locks nothing but the rows it adds.
with placed as (
  insert into txq_bench.orders (customer, note) values ($1::bigint, 'two of the blue ones, please') returning id
)
select txq.enqueue($2::text, $3::jsonb, queue => $4::text) from placed;
