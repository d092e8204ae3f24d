-- Start the next attempt of up to $4 ready jobs of a queue, the most urgent first, within a priority in order of seq.
-- Nothing while the queue is paused, nor for a worker that is not registered. Jobs of a kind that this worker does not
-- know stay where they are, and so do those of paused kinds and tenants.
--   $1 bigint worker, $2 text queue, $3 text[] kinds, $4 integer limit
--   $5 boolean suspects: only the jobs that were claimed when two workers died, or only the others. A worker holds one
--   suspect at a time: if that one kills it, no other job is blamed for it again.
--   $6 bigint[] floors: one per priority, from 0 on: only jobs whose seq is greater. What lies below has been claimed
--   before, and while an old snapshot keeps its dead rows from being removed, they would all be walked over.
--   $7 xid8 settled: of the rows that somebody has locked before, which came to nothing, only those whose transaction is
--   older than this (null: none): until then the one who had locked them may still run the job, and can get its lease (see lock_jobs and
--   next_transaction). Theirs was the next fence, so it is left out.
-- Returns the jobs as they are run, in no order, in columns that say no more than they have to, because each costs something
-- on both sides: row (null), seq (with priority, the order to run them in), id, operation_id (null: the id), kind, priority,
-- attempt, max_attempts, fence, crashes (null: 0), run_at (null: as enqueued_at), enqueued_at, claimed_at, payload,
-- headers (as text), tenant, order_key, processed_as: as a job of which kind the operation has been run already (null: it has not).
-- Locks the rows that it returns; skips jobs that another worker is claiming.
with next as materialized (
  select job.ctid, job.locked_before
  -- one level after the other, each only as far as it takes
  from generate_series(0, 3) as level (priority)
  cross join lateral (
    select ctid, xmax <> '0' and xmax <> xmin as locked_before from txq.jobs
    where state = 'ready' and queue = $2::text and (crashes > 1) = $5::boolean and priority = level.priority
      and seq > ($6::bigint[])[level.priority + 1]
      and kind = any (array(select unnest($3::text[]) except select name from txq.kinds where paused_at is not null))
      and (tenant is null or tenant not in (select name from txq.tenants where paused_at is not null))
      and (xmax = '0' or xmax = xmin or age(xmax) > age($7::xid8::xid))
    order by seq
    limit $4::integer
    for update skip locked
  ) as job
  where exists (select from txq.workers where id = $1::bigint)
    and not exists (select from txq.queues where name = $2::text and paused_at is not null)
  limit $4::integer
)
update txq.jobs as job
set state = 'running', worker = $1::bigint, claimed_at = clock_timestamp(), attempt = job.attempt + 1,
    fence = job.fence + 1 + (job.ctid = any (array(select ctid from next where locked_before)))::integer
where job.ctid = any (array(select ctid from next))
returning null as row, job.seq, job.id, nullif(job.operation_id, job.id) as operation_id, job.kind, job.priority, job.attempt,
          job.max_attempts, job.fence, nullif(job.crashes, 0) as crashes, nullif(job.run_at, job.enqueued_at) as run_at,
          job.enqueued_at, job.claimed_at, job.payload::text as payload, job.headers::text as headers, job.tenant,
          job.order_key,
          -- not EXISTS, which the planner may answer by reading the whole table once
          (select done.kind from txq.processed_jobs as done where done.operation_id = job.operation_id) as processed_as;
