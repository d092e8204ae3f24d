-- The job that stands for a key; see txq.find_job.
--   $1 text kind, $2 text key
-- Returns a row or none: job_id, state, enqueued_at, run_at. Locks nothing.
-- On a connection of the application's, whose search_path may be any: every name is qualified.
select job_id, state, enqueued_at, run_at from txq.find_job($1::pg_catalog.text, $2::pg_catalog.text);
