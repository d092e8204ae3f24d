-- Remove a limit, in the caller's transaction; see txq.remove_limit.
--   $1 text scope, $2 text name, $3 text each
-- Returns one row: found boolean: whether there was one. Locks its row.
-- On a connection of the application's: every name is qualified.
select txq.remove_limit($1::pg_catalog.text, $2::pg_catalog.text, $3::pg_catalog.text) as found;
