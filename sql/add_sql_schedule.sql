-- Make a schedule that runs a statement of SQL, or change the one of that name, in the caller's transaction; see
-- txq.add_sql_schedule.
--   $1 text name, $2 text times, $3 text command, $4 text zone, $5 text queue, $6 integer priority, $7 integer max_attempts,
--   $8 text missed, $9 integer missed_limit, $10 boolean overlap, $11 bigint jitter in milliseconds,
--   $12 text tenant (null: none)
-- Returns one row: outcome: added, changed or unchanged. Locks the schedule's row.
-- On a connection of the application's, whose search_path may be any: every name is qualified.
select txq.add_sql_schedule(
  $1::pg_catalog.text, $2::pg_catalog.text, $3::pg_catalog.text, $4::pg_catalog.text, $5::pg_catalog.text, $6::integer,
  $7::integer, $8::pg_catalog.text, $9::integer, $10::boolean,
  $11::bigint operator(pg_catalog.*) interval '1 millisecond', $12::pg_catalog.text) as outcome;
