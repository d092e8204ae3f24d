-- Start the next attempt of up to $4 ready jobs of a queue by locking their rows and nothing more: they are this
-- transaction's as long as it lasts, in which they are to be completed (complete_locked_jobs) or leased (lease_jobs). If
-- it ends without either, they are as ready as before. In the order of claim_jobs, with the same exceptions.
--   $1 bigint worker, $2 text queue, $3 text[] kinds, $4 integer limit, $5 bigint[] floors: as in claim_jobs
-- Passes over jobs that were claimed when a worker died: their next death has to be counted. Passes over rows that have
-- been locked before: by a claim under way, or by one that came to nothing, maybe because the job killed its worker. All
-- those are left to claim_jobs, which waits until nobody can be running them any more, and whose lease survives a death so
-- that it can be counted.
-- Returns the jobs as claim_jobs does, attempt and fence as they will be, and where each one's row is: row (tid).
-- Locks the rows that it returns; skips jobs that another worker is claiming.
select job.locked as row, job.seq, job.id, nullif(job.operation_id, job.id) as operation_id, job.kind, job.priority,
       job.attempt + 1 as attempt, job.max_attempts, job.fence + 1 as fence, null as crashes,
       nullif(job.run_at, job.enqueued_at) as run_at, job.enqueued_at, (select clock_timestamp()::text) as claimed_at,
       job.payload::text as payload, job.headers::text as headers, job.tenant, job.order_key,
       -- not EXISTS, which the planner may answer by reading the whole table once
       (select done.kind from txq.processed_jobs as done where done.operation_id = job.operation_id) as processed_as
-- one level after the other, each only as far as it takes; never a suspect, said so that the planner cannot tell before,
-- or it would rewrite the condition and miss the index
from generate_series(0, 3) as level (priority)
cross join lateral (
  select ctid as locked, * from txq.jobs
  where state = 'ready' and queue = $2::text and (crashes > 1) = (level.priority < 0) and priority = level.priority
    and seq > ($5::bigint[])[level.priority + 1]
    and kind = any (array(select unnest($3::text[]) except select name from txq.kinds where paused_at is not null))
    and (tenant is null or tenant not in (select name from txq.tenants where paused_at is not null))
    and crashes = 0 -- or deaths under locks, which are not counted, would take turns with those that are
    and (xmax = '0' or xmax = xmin) -- nobody has locked the row since it was written, or the writer itself had before
  order by seq
  limit $4::integer
  for update skip locked
) as job
where exists (select from txq.workers where id = $1::bigint)
  and not exists (select from txq.queues where name = $2::text and paused_at is not null)
limit $4::integer;
