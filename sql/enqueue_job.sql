-- Enqueue one job in the caller's transaction.
--   $1 uuid id, $2 text operation_id (a uuid or a name; null: the job's id), $3 text queue, $4 text kind,
--   $5 smallint priority, $6 integer max_attempts, $7 timestamptz run_at (null: at once, or after the delay),
--   $8 bigint delay in milliseconds (null: none), $9 jsonb payload, $10 jsonb headers (null: none),
--   $11 jsonb rules (null: none)
-- Returns nothing. Locks nothing but the rows it adds.
-- On a connection of the application's, whose search_path may be any: every name is qualified.
insert into txq.outbox (id, operation_id, queue, kind, priority, max_attempts, run_at, payload, headers, rules)
values ($1::pg_catalog.uuid,
        case when $2::pg_catalog.text is null then $1::pg_catalog.uuid
             else txq.operation_id($4::pg_catalog.text, $2::pg_catalog.text) end,
        $3::pg_catalog.text, $4::pg_catalog.text, $5::smallint, $6::integer,
        coalesce($7::pg_catalog.timestamptz,
                 pg_catalog.clock_timestamp() operator(pg_catalog.+) ($8::bigint operator(pg_catalog.*) interval '1 millisecond')),
        $9::pg_catalog.jsonb, $10::pg_catalog.jsonb, $11::pg_catalog.jsonb);
