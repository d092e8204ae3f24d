-- Enqueue one job in the caller's transaction that has a name for its operation, or a delay.
--   $1 to $9 as in enqueue_job, $10 text operation_id (a uuid or a name; null: the job's id), $11 bigint delay in
--   milliseconds (null: none)
-- Returns nothing. Locks nothing but the row that it adds.
-- On a connection of the application's, whose search_path may be any: every name is qualified.
insert into txq.outbox (id, queue, kind, priority, max_attempts, run_at, payload, headers, rules, operation_id)
values ($1, $2, $3::pg_catalog.text, $4, $5,
        coalesce($6::pg_catalog.timestamptz,
                 pg_catalog.clock_timestamp() operator(pg_catalog.+) ($11::bigint operator(pg_catalog.*) interval '1 millisecond')),
        $7, $8, $9,
        case when $10::pg_catalog.text is not null
             then txq.operation_id($3::pg_catalog.text, $10::pg_catalog.text) end);
