-- Note that a worker has left although handlers of its jobs still ran. The jobs stay its own until it has been silent
-- for its lease, so that none runs twice at once; that is no crash then.
--   $1 bigint worker
-- Returns nothing. Locks the worker's row.
update txq.workers set left_at = clock_timestamp() where id = $1::bigint;
