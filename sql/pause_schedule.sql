-- Let a schedule start nothing, in the caller's transaction; see txq.pause_schedule.
--   $1 text name
-- Returns one row: found boolean: whether there is one of that name. Locks its row.
-- On a connection of the application's: every name is qualified.
select txq.pause_schedule($1::pg_catalog.text) as found;
