-- The jobs that a worker runs as the database sees it: what its own view is compared with after a reconnection, and
-- whether somebody wants them cancelled.
--   $1 bigint worker
-- Returns a row per job: id, fence, cancelling. Locks nothing.
select id, fence, cancelling from txq.jobs where worker = $1::bigint and state = 'running';
