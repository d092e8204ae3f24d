-- Cancel the job that stands for a key, in the caller's transaction; see txq.cancel_job.
--   $1 text kind, $2 text key
-- Returns one row: state: cancelled, running, or null. Locks the job's row; waits for those who are writing it.
-- On a connection of the application's: every name is qualified.
select txq.cancel_job($1::pg_catalog.text, $2::pg_catalog.text) as state;
