-- Forget signs of life that are over.
--   $1 bigint worker, $2 bigint beat: this worker's beats before this one go, and those of workers that are no more
-- Returns nothing. Locks the rows that it deletes, which nobody else writes.
delete from txq.worker_beats as beat
where (beat.worker = $1::bigint and beat.beat < $2::bigint)
   or not exists (select from txq.workers as worker where worker.id = beat.worker);
