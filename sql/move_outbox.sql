-- Move the next jobs of an outbox into the queue of the same database, without handing them to the client: what
-- read_outbox and write_batch do for two databases. Goes before record_batch in one transaction.
--   $1 xid8 position_txid, $2 bigint position_seq, $3 xid8[] late_txids, $4 bigint[] late_seqs, $5 integer limit, $6 bigint
--   limit of the stored size, since nothing is handed out: otherwise as in read_outbox
-- Returns one row. What this statement could see and how far it read, as read_outbox says it: xmax, in_progress, more,
-- last_late, last_txid, last_seq, jobs. bytes bigint: the stored size of their payloads and headers. any_unique boolean:
-- whether there are jobs among them for settle_unique, and then nothing is moved. And as write_batch says it: moved, woken,
-- order_queues, order_keys.
-- Fails with 54000 where a payload is too large (see read_outbox), with a unique violation where a job is in the queue already,
-- and waits for whoever is about to put it there. Locks nothing but the rows it adds.
with now as materialized (
  select pg_current_snapshot() as snapshot
), ended as materialized (
  select late.txid, late.seq
  from now cross join unnest($3::xid8[], $4::bigint[]) as late (txid, seq)
  where pg_visible_in_snapshot(late.txid, now.snapshot)
), late as materialized (
  select job.*
  from ended
  cross join lateral (
    select * from txq.outbox where outbox.txid = ended.txid and outbox.seq > ended.seq order by outbox.seq limit $5::integer
  ) as job
  order by job.txid, job.seq
  limit $5::integer
), found as materialized (
  select true as late, * from late
  union all
  (select false, * from txq.outbox
   where (txid, seq) > ($1::xid8, $2::bigint) and txid < (select pg_snapshot_xmax(snapshot) from now)
   order by txid, seq
   limit greatest($5::integer - (select count(*) from late), 0))
), batch as materialized (
  select count(*)::integer as jobs, coalesce(sum(pg_column_size(payload) + coalesce(pg_column_size(headers), 0)), 0) as bytes,
         coalesce(bool_or(rules ? 'unique'), false) as any_unique
  from found
), cut as materialized (
  -- where they are too large together, the last one to be taken; rows are added up only then
  select late, txid, seq, place as jobs, size_with_it as bytes
  from (select late, txid, seq, row_number() over in_order as place,
               sum(pg_column_size(payload) + coalesce(pg_column_size(headers), 0)) over in_order as size_with_it
        from found
        where (select bytes from batch) > $6::bigint
        window in_order as (order by not late, txid, seq rows unbounded preceding)) as sized
  where place = 1 or size_with_it <= $6::bigint
  order by place desc
  limit 1
), last as materialized (
  select late, txid, seq, jobs, bytes from cut
  union all
  (select late, txid, seq, (select jobs from batch), (select bytes from batch) from found
   where not exists (select from cut)
   order by late, txid desc, seq desc limit 1)
), taken as not materialized ( -- two look at it, of whom one finds that it has nothing to do
  select * from found
  where (not exists (select from cut) or (not late, txid, seq) <= (select not late, txid, seq from cut))
    and not (select any_unique from batch)
), any_fair as materialized (
  select from (select distinct queue from found) as used
  where (select known.fair from txq.queues as known where known.name = used.queue) is not null
  limit 1
), numbered as materialized (
  -- only for a batch with jobs of a fair queue: to number them all costs as much as to read them
  select *, row_number() over (order by seq) as n from taken where exists (select from any_fair)
), place (given) as materialized (
  select txq.take_places(array_agg(case when run_at > now() or rules ? 'order_key' then null else queue::text end order by n),
                         array_agg(priority::smallint order by n), array_agg(rules->>'tenant' order by n))
  from numbered
  having count(*) > 0
), moved as (
  insert into txq.jobs (id, operation_id, queue, kind, priority, max_attempts, state, seq, run_at, payload, headers, tenant, order_key,
                        order_place, order_holds, enqueued_at)
  -- now() stands still in a transaction: a job cannot be due in one column and not yet due in the next
  select id, coalesce(operation_id, id), queue, kind, priority, max_attempts,
         case when rules ? 'order_key' then 'waiting' when run_at > now() then 'scheduled' else 'ready' end::txq.job_state,
         case when run_at > now() or rules ? 'order_key' then null
              else coalesce((select given from place)[n], nextval('txq.job_seq')) end,
         coalesce(run_at, enqueued_at), case when pg_column_size(payload) > 262144 then txq.readable(payload) else payload end, headers,
         rules->>'tenant', rules->>'order_key',
         case when rules ? 'order_key' then nextval('txq.job_seq') end,
         case when rules ? 'order_key' then not rules ? 'order_goes_on' end, enqueued_at
  from (select * from numbered union all select *, null from taken where not exists (select from any_fair)) as job
  order by job.seq
  returning queue, state, order_key
), woken as (
  select pg_notify('txq_jobs', queue) from (select distinct queue from moved where state = 'ready') as ready
  where pg_notification_queue_usage() < 0.95
)
select pg_snapshot_xmax(now.snapshot) as xmax,
       array(select xid from pg_snapshot_xip(now.snapshot) as xid order by xid) as in_progress,
       coalesce(last.jobs, 0) < batch.jobs or batch.jobs >= $5::integer as more,
       last.late as last_late, last.txid as last_txid, last.seq as last_seq,
       coalesce(last.jobs, 0) as jobs, coalesce(last.bytes, 0) as bytes, batch.any_unique,
       (select count(*) from moved) as moved, (select count(*) from woken) as woken,
       ordered.queues as order_queues, ordered.keys as order_keys
from now cross join batch left join last on true
cross join (select array_agg(queue) as queues, array_agg(order_key) as keys
            from (select distinct queue, order_key from moved where state = 'waiting') as waiting) as ordered;
