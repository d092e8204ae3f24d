-- The last sign of life of every worker. How long ago it was, each observer decides by its own clock: a worker is dead
-- when an observer has seen the same beat for the whole of its lease, with the database answering meanwhile.
-- Returns a row per worker: id, name, lease_ms, beat. Locks nothing.
select worker.id, worker.name, (extract(epoch from worker.lease) * 1000)::bigint as lease_ms,
       (select beat.beat from txq.worker_beats as beat where beat.worker = worker.id order by beat.beat desc limit 1) as beat
from txq.workers as worker
order by worker.id;
