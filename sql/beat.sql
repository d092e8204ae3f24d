-- Say that a worker is alive.
--   $1 bigint worker, $2 bigint beat (the last one's plus 1), $3 text name: ids are given out again by a database that was
--   restored or has lost its last commits
-- Returns a row if the worker is still registered; if not, it was found dead, its jobs are others' and it must register
-- again. Waits for one who is about to find it dead (lock_worker). Locks the worker's row for that, and the row it adds.
insert into txq.worker_beats (worker, beat)
select id, $2::bigint from txq.workers where id = $1::bigint and name = $3::text for key share
returning worker;
