-- Add a worker process, with its first sign of life.
--   $1 text name (host:pid), $2 bigint lease in milliseconds, $3 text[] queues, $4 text[] kinds
-- Returns one row: id bigint. Locks nothing but the rows it adds.
with registered as (
  insert into txq.workers (name, lease, queues, kinds)
  values ($1::text, $2::bigint * interval '1 millisecond', $3::text[], $4::text[])
  returning id
), beat as (
  insert into txq.worker_beats (worker, beat) select id, 0 from registered
)
select id from registered;
