-- Enqueue many jobs of one kind in the caller's transaction, in the order of the arrays.
--   $1 text kind, $2 text queue, $3 smallint priority, $4 integer max_attempts, $5 timestamptz run_at, $6 bigint delay
--   in milliseconds, $7 jsonb headers (as in enqueue_job);
--   $8 uuid[] ids, $9 text[] operation_ids (null elements: the job's id), $10 text[] payloads
-- Returns nothing. Locks nothing but the rows it adds.
insert into txq.outbox (id, operation_id, queue, kind, priority, max_attempts, run_at, payload, headers)
select job.id, coalesce(txq.operation_id($1::text, job.operation_id), job.id), $2::text, $1::text, $3::smallint, $4::integer,
       coalesce($5::timestamptz, clock_timestamp() + $6::bigint * interval '1 millisecond'), job.payload::jsonb, $7::jsonb
from unnest($8::uuid[], $9::text[], $10::text[]) as job (id, operation_id, payload);
