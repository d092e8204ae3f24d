-- Lock those of some attempts' jobs that nobody else is writing, so that one that somebody keeps locked does not keep the others.
--   one element per attempt, ids ascending: $1 uuid[] ids, $2 bigint[] fences
-- Returns the ids of those that it has locked. Locks them in their order; skips those that others have locked, and leaves alone
-- those that have been given to somebody else: claims would pass over a ready one (see lock_jobs).
select locked.id
from unnest($1::uuid[], $2::bigint[]) as attempt (id, fence)
cross join lateral (select job.id from txq.jobs as job
                    where job.id = attempt.id and job.fence in (attempt.fence, attempt.fence - 1) -- which it is under a lock
                    for update skip locked) as locked;
