-- Put a batch of jobs into the queue and say how far the source has been moved with it, in one statement.
--   $1 uuid source, $2 text database, $3 bigint batch (the last one's plus 1), $4 bigint timeline, $5 xid8
--   position_txid, $6 bigint position_seq, $7 xid8[] late_txids, $8 bigint[] late_seqs, $9 text relay, $10 boolean again:
--   whether some may have been moved before;
--   one element per job, in the order of the outbox's seq: $11 uuid[] ids, $12 uuid[] operation_ids, $13 text[] queues,
--   $14 text[] kinds, $15 smallint[] priorities, $16 integer[] max_attempts, $17 timestamptz[] run_ats (null: at once),
--   $18 text[] payloads, $19 text[] headers (null: none), $20 text[] rules (null: none), $21 timestamptz[] enqueued_ats;
--   $22 boolean: whether some of those still to come may have been moved before
-- Returns one row: written boolean: false if this is not the next batch, and then nothing is written: another relay is
-- active; moved bigint: jobs added; woken bigint: queues whose workers are notified;
-- order_queues, order_keys text[]: of jobs that wait for their turn, for next_in_order, after the commit.
-- Fails with a unique violation where another relay writes the same batch at the same time, and where a job is in the
-- queue already, or is twice in the batch: then it is to be done again with `again`, which leaves such jobs as they are, and of
-- several with the same id adds the first. Not "on conflict do nothing": that inserts each row in two steps, at 1.6 us and 48 bytes of WAL more. Locks nothing but the rows it adds.
with batch as (
  insert into txq.relay_batches (source, database, batch, timeline, position_txid, position_seq, late_txids, late_seqs, jobs, relay, again)
  select $1::uuid, $2::text, $3::bigint, $4::bigint, $5::xid8, $6::bigint, $7::xid8[], $8::bigint[], cardinality($11::uuid[]), $9::text, $22::boolean
  where $3::bigint - 1 = coalesce((select max(last.batch) from txq.relay_batches as last
                                   where last.source = $1::uuid and last.database = $2::text), 0)
  returning batch
), place (given) as materialized (
  -- only for a batch with jobs of a fair queue
  select txq.take_places(array_agg(case when job.run_at > now() or job.rules::jsonb ? 'order_key' then null else job.queue end order by job.n),
                         array_agg(job.priority order by job.n), array_agg(job.rules::jsonb->>'tenant' order by job.n))
  from unnest($13::text[], $15::smallint[], $17::timestamptz[], $20::text[]) with ordinality
         as job (queue, priority, run_at, rules, n)
  where exists (select from txq.queues where name = any ($13::text[]) and fair is not null)
), moved as (
  insert into txq.jobs (id, operation_id, queue, kind, priority, max_attempts, state, seq, run_at, payload, headers, tenant, order_key,
                        order_place, order_holds, enqueued_at)
  -- now() stands still in a statement: a job cannot be due in one column and not yet due in the next
  select job.id, job.operation_id, job.queue, job.kind, job.priority, job.max_attempts,
         case when job.rules::jsonb ? 'order_key' then 'waiting'
              when job.run_at > now() then 'scheduled' else 'ready' end::txq.job_state,
         case when job.run_at > now() or job.rules::jsonb ? 'order_key' then null
              else coalesce((select given from place)[job.n], nextval('txq.job_seq')) end,
         coalesce(job.run_at, job.enqueued_at), job.payload::jsonb, job.headers::jsonb,
         job.rules::jsonb->>'tenant', job.rules::jsonb->>'order_key',
         case when job.rules::jsonb ? 'order_key' then nextval('txq.job_seq') end,
         case when job.rules::jsonb ? 'order_key' then not job.rules::jsonb ? 'order_goes_on' end, job.enqueued_at
  from batch
  -- not unnest of all of them in one call, which writes down each array's elements before it goes through them together
  cross join (
    select unnest($11::uuid[]) as id, unnest($12::uuid[]) as operation_id, unnest($13::text[]) as queue, unnest($14::text[]) as kind,
           unnest($15::smallint[]) as priority, unnest($16::integer[]) as max_attempts, unnest($17::timestamptz[]) as run_at,
           unnest($18::text[]) as payload, unnest($19::text[]) as headers, unnest($20::text[]) as rules,
           unnest($21::timestamptz[]) as enqueued_at, generate_series(1, cardinality($11::uuid[])) as n
  ) as job
  -- not with exists, for which the planner may read all that was ever processed into a hash table
  where not ($10::boolean and ((select true from txq.processed_jobs as done where done.operation_id = job.operation_id) is not null
                               or (select true from txq.jobs as there where there.id = job.id) is not null
                               or array_position($11::uuid[], job.id) < job.n))
  returning queue, state, order_key
), woken as (
  select pg_notify('txq_jobs', queue) from (select distinct queue from moved where state = 'ready') as ready
  where pg_notification_queue_usage() < 0.95
)
select exists (select from batch) as written, (select count(*) from moved) as moved, (select count(*) from woken) as woken,
       ordered.queues as order_queues, ordered.keys as order_keys
from (select array_agg(queue) as queues, array_agg(order_key) as keys
      from (select distinct queue, order_key from moved where state = 'waiting') as waiting) as ordered;
