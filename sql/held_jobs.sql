-- What the database knows of jobs that a worker runs: whether they are still its own, and whether somebody wants them
-- cancelled. By their ids: the index by worker keeps an entry of every job that it has run for as long as somebody holds
-- an old snapshot.
--   $1 bigint worker, $2 uuid[] ids
-- Returns a row per job that is this worker's: id, fence, cancelling. Locks nothing.
select id, fence, cancelling from txq.jobs where id = any ($2::uuid[]) and worker = $1::bigint;
