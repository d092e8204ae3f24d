-- Put a batch of jobs into the queue and say how far the source has been moved with it, in one statement.
--   $1 uuid source, $2 bigint batch (the last one's plus 1), $3 text origin, $4 xid8 position_txid,
--   $5 bigint position_seq, $6 xid8[] late_txids, $7 bigint[] late_seqs, $8 text relay, $9 boolean again: whether some
--   may have been moved before;
--   one element per job, in the order of the outbox's seq: $10 uuid[] ids, $11 uuid[] operation_ids, $12 text[] queues,
--   $13 text[] kinds, $14 smallint[] priorities, $15 integer[] max_attempts, $16 timestamptz[] run_ats (null: at once),
--   $17 text[] payloads, $18 text[] headers (null: none), $19 timestamptz[] enqueued_ats
-- Returns one row: written boolean: false if this is not the next batch, and then nothing is written: another relay is
-- active; moved bigint: jobs added; woken bigint: queues that have got ready jobs, whose workers are notified.
-- A job whose id is there already is left as it is. Fails with a unique violation of relay_batches where another relay
-- writes the same batch at the same time. Locks nothing but the rows it adds.
with batch as (
  insert into txq.relay_batches (source, batch, origin, position_txid, position_seq, late_txids, late_seqs, jobs, relay)
  select $1::uuid, $2::bigint, $3::text, $4::xid8, $5::bigint, $6::xid8[], $7::bigint[], cardinality($10::uuid[]), $8::text
  where $2::bigint = coalesce((select max(last.batch) from txq.relay_batches as last where last.source = $1::uuid), 0) + 1
  returning batch
), moved as (
  insert into txq.jobs (id, operation_id, queue, kind, priority, max_attempts, state, seq, run_at, payload, headers, enqueued_at)
  -- now() stands still in a statement: a job cannot be due in one column and not yet due in the next
  select job.id, job.operation_id, job.queue, job.kind, job.priority, job.max_attempts,
         case when job.run_at > now() then 'scheduled' else 'ready' end::txq.job_state,
         case when job.run_at > now() then null else nextval('txq.job_seq') end,
         coalesce(job.run_at, job.enqueued_at), job.payload::jsonb, job.headers::jsonb, job.enqueued_at
  from batch
  cross join unnest($10::uuid[], $11::uuid[], $12::text[], $13::text[], $14::smallint[], $15::integer[],
                    $16::timestamptz[], $17::text[], $18::text[], $19::timestamptz[])
         as job (id, operation_id, queue, kind, priority, max_attempts, run_at, payload, headers, enqueued_at)
  -- not with exists, for which the planner may read all that was ever processed into a hash table
  where not ($9::boolean and (select true from txq.processed_jobs as done where done.operation_id = job.operation_id) is not null)
  on conflict (id) do nothing
  returning queue, state
), woken as (
  select pg_notify('txq_jobs', queue) from (select distinct queue from moved where state = 'ready') as ready
)
select exists (select from batch) as written, (select count(*) from moved) as moved, (select count(*) from woken) as woken;
