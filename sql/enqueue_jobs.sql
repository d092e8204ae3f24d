-- Enqueue many jobs of one kind in the caller's transaction, in the order of the arrays.
--   $1 text kind, $2 text queue, $3 smallint priority, $4 integer max_attempts, $5 timestamptz run_at, $6 bigint delay
--   in milliseconds, $7 jsonb headers, $8 jsonb rules (as in enqueue_job);
--   $9 uuid[] ids, $10 text[] operation_ids (an empty one: none of its own), $11 text[] payloads
-- Returns nothing. Locks nothing but the rows it adds.
-- On a connection of the application's: every name is qualified because of its search_path (an unnest of several arrays
-- is PostgreSQL's own in any case), and no array has null elements because array_nulls may be off.
insert into txq.outbox (id, operation_id, queue, kind, priority, max_attempts, run_at, payload, headers, rules)
select job.id,
       case when job.operation_id operator(pg_catalog.<>) '' then txq.operation_id($1::pg_catalog.text, job.operation_id) end,
       $2::pg_catalog.text, $1::pg_catalog.text, $3::smallint, $4::integer,
       coalesce($5::pg_catalog.timestamptz,
                pg_catalog.clock_timestamp() operator(pg_catalog.+) ($6::bigint operator(pg_catalog.*) interval '1 millisecond')),
       job.payload::pg_catalog.jsonb, $7::pg_catalog.jsonb, $8::pg_catalog.jsonb
from unnest($9::pg_catalog.uuid[], $10::pg_catalog.text[], $11::pg_catalog.text[]) as job (id, operation_id, payload);
