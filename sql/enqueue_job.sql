-- Enqueue one job in the caller's transaction: as most are, without a name for its operation and a delay. Nothing in it
-- has to be looked up or worked out, because parsing and planning is most of what it costs where it is not prepared.
--   $1 uuid id, $2 text queue, $3 text kind, $4 smallint priority, $5 integer max_attempts, $6 timestamptz run_at (null:
--   at once), $7 jsonb payload, $8 jsonb headers (null: none), $9 jsonb rules (null: none)
-- Returns nothing. Locks nothing but the row that it adds.
-- On a connection of the application's, whose search_path may be any: every name is qualified.
insert into txq.outbox (id, queue, kind, priority, max_attempts, run_at, payload, headers, rules)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9);
