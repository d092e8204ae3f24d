-- The jobs that a worker runs as the database sees it, those included of which it does not know because a claim's answer
-- was lost. Not often: see held_jobs.
--   $1 bigint worker
-- Returns a row per job: id, fence. Locks nothing.
select id, fence from txq.jobs where worker = $1::bigint and state = 'running';
