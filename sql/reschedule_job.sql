-- Let the job that stands for a key run at another time, in the caller's transaction; see txq.reschedule_job.
--   $1 text kind, $2 text key, $3 timestamptz run_at
-- Returns one row: rescheduled boolean. Locks the job's row unless somebody else has.
-- On a connection of the application's: every name is qualified.
select txq.reschedule_job($1::pg_catalog.text, $2::pg_catalog.text, $3::pg_catalog.timestamptz) as rescheduled;
