-- Make a schedule of jobs, or change the one of that name, in the caller's transaction; see txq.add_schedule.
--   $1 text name, $2 text times, $3 text kind, $4 jsonb payload, $5 text zone, $6 text queue, $7 integer priority,
--   $8 integer max_attempts, $9 jsonb headers (null: none), $10 text missed, $11 integer missed_limit, $12 boolean overlap,
--   $13 bigint jitter in milliseconds, $14 text tenant (null: none)
-- Returns one row: outcome: added, changed or unchanged. Locks the schedule's row.
-- On a connection of the application's, whose search_path may be any: every name is qualified.
select txq.add_schedule(
  $1::pg_catalog.text, $2::pg_catalog.text, $3::pg_catalog.text, $4::pg_catalog.jsonb, $5::pg_catalog.text,
  $6::pg_catalog.text, $7::integer, $8::integer, $9::pg_catalog.jsonb, $10::pg_catalog.text, $11::integer, $12::boolean,
  $13::bigint operator(pg_catalog.*) interval '1 millisecond', $14::pg_catalog.text) as outcome;
