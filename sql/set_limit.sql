-- Make a limit, or change it, in the caller's transaction; see txq.set_limit.
--   $1 text scope, $2 text name, $3 integer max_running, $4 integer starts, $5 bigint period in milliseconds, $6 integer
--   burst, $7 text each, $8 text cost; from $3 on null: not given
-- Returns one row: outcome text. Locks the limit's row.
-- On a connection of the application's: every name is qualified.
select txq.set_limit($1::pg_catalog.text, $2::pg_catalog.text, $3::pg_catalog.int4, $4::pg_catalog.int4,
                     $5::pg_catalog.int8 operator(pg_catalog.*) interval '1 millisecond', $6::pg_catalog.int4,
                     $7::pg_catalog.text, $8::pg_catalog.text) as outcome;
