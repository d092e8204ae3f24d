-- What the bench must not get mixed up with.
--   $1 text queue, $2 text[] kinds: the bench's own
-- Returns one row: jobs boolean: whether the queue has jobs of other kinds, in the outbox, the queue or the record;
-- schema boolean: whether there is a schema txq_bench that no bench has made. Locks nothing.
select exists (select from txq.jobs where queue = $1::text and kind <> all ($2::text[]))
    or exists (select from txq.outbox where queue = $1::text and kind <> all ($2::text[])) as jobs,
       exists (select from pg_namespace where nspname = 'txq_bench'
               and coalesce(obj_description(oid, 'pg_namespace'), '') <> 'made by txq bench') as schema;
