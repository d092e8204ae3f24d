-- Put a batch of jobs into the queue and say how far the source has been moved with it, in one statement.
--   $1 uuid source, $2 bigint batch (the last one's plus 1), $3 xid8 position_txid, $4 bigint position_seq,
--   $5 xid8[] late_txids, $6 bigint[] late_seqs, $7 text relay;
--   one element per job, in the order of the outbox's seq: $8 uuid[] ids, $9 uuid[] operation_ids, $10 text[] queues,
--   $11 text[] kinds, $12 smallint[] priorities, $13 integer[] max_attempts, $14 timestamptz[] run_ats (null: at once),
--   $15 text[] payloads, $16 text[] headers (null: none), $17 timestamptz[] enqueued_ats
-- Returns one row per queue that has got ready jobs, and notifies its workers. Fails with a unique violation of
-- relay_batches if this batch has been written already: another relay is active. Locks nothing but the rows it adds.
with batch as (
  insert into txq.relay_batches (source, batch, position_txid, position_seq, late_txids, late_seqs, jobs, relay)
  values ($1::uuid, $2::bigint, $3::xid8, $4::bigint, $5::xid8[], $6::bigint[], cardinality($8::uuid[]), $7::text)
), moved as (
  insert into txq.jobs (id, operation_id, queue, kind, priority, max_attempts, state, seq, run_at, payload, headers, enqueued_at)
  select job.id, job.operation_id, job.queue, job.kind, job.priority, job.max_attempts,
         case when job.run_at > clock_timestamp() then 'scheduled' else 'ready' end::txq.job_state,
         case when job.run_at > clock_timestamp() then null else nextval('txq.job_seq') end,
         coalesce(job.run_at, job.enqueued_at), job.payload::jsonb, job.headers::jsonb, job.enqueued_at
  from unnest($8::uuid[], $9::uuid[], $10::text[], $11::text[], $12::smallint[], $13::integer[], $14::timestamptz[],
              $15::text[], $16::text[], $17::timestamptz[])
         as job (id, operation_id, queue, kind, priority, max_attempts, run_at, payload, headers, enqueued_at)
  returning queue, state
)
select queue, pg_notify('txq_jobs', queue) from (select distinct queue from moved where state = 'ready') as woken;
