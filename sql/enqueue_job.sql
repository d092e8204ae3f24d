-- Enqueue one job in the caller's transaction.
--   $1 uuid id, $2 text operation_id (a uuid or a name; null: the job's id), $3 text queue, $4 text kind,
--   $5 smallint priority, $6 integer max_attempts, $7 timestamptz run_at (null: at once, or after the delay),
--   $8 bigint delay in milliseconds (null: none), $9 jsonb payload, $10 jsonb headers (null: none)
-- Returns nothing. Locks nothing but the rows it adds.
insert into txq.outbox (id, operation_id, queue, kind, priority, max_attempts, run_at, payload, headers)
values ($1::uuid, coalesce(txq.operation_id($4::text, $2::text), $1::uuid), $3::text, $4::text, $5::smallint, $6::integer,
        coalesce($7::timestamptz, clock_timestamp() + $8::bigint * interval '1 millisecond'), $9::jsonb, $10::jsonb);
