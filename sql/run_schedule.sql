-- Add a job of a schedule now, in the caller's transaction; see txq.run_schedule.
--   $1 text name
-- Returns one row: job uuid. Fails with P0002 if there is none of that name, and with 55000 if the job of an earlier run is
-- not over and runs must not overlap. Locks the schedule's row and those it adds.
-- On a connection of the application's: every name is qualified.
select txq.run_schedule($1::pg_catalog.text) as job;
