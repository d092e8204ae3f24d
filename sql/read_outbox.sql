-- The next jobs to move: first those of transactions that were in progress when the position passed them, then those
-- beyond the position.
--   $1 xid8 position_txid, $2 bigint position_seq: everything up to here has been moved, but the late transactions
--   $3 xid8[] late_txids (ascending), $4 bigint[] late_seqs: of these the rows up to their seq have been moved
--   $5 integer limit, $6 bigint limit of the size of payloads and headers as texts; the first row comes whatever its size
-- Returns one row. What this statement could see: xmax xid8, in_progress xid8[] (ascending). How far it read:
-- more boolean: whether there may be more, and if so the last row in reading order: last_late boolean, last_txid,
-- last_seq. The jobs, as the arrays that write_batch takes, in the order of seq: jobs integer, ids, operation_ids,
-- queues, kinds, priorities, max_attempts, run_ats, payloads, headers, rules, enqueued_ats; any_unique boolean: whether
-- there is one among them for settle_unique.
-- Fails with 54000 where a payload is too large to be read: see txq.readable, which is asked about those that are stored in more
-- than 256 KiB: compressed 250 times at most, others have no more than 64 MiB. Locks nothing. One statement, because its rows and its snapshot must be of the same moment.
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
), beyond as materialized (
  select * from txq.outbox
  where (txid, seq) > ($1::xid8, $2::bigint) and txid < (select pg_snapshot_xmax(snapshot) from now)
  order by txid, seq
  limit greatest($5::integer - (select count(*) from late), 0)
), found as (
  select true as late, * from late union all select false, * from beyond
), sized as materialized (
  -- by what is stored, which costs nothing to ask
  select *, row_number() over in_order as place,
         sum(pg_column_size(payload) + coalesce(pg_column_size(headers), 0)) over in_order as stored_with_it
  from found
  window in_order as (order by not late, txid, seq rows unbounded preceding)
), written as materialized (
  -- but it may take two hundred times as much, where it was compressed
  select *, sum(octet_length(payload_text) + coalesce(octet_length(headers_text), 0)) over (order by place) as size_with_it
  from (select *, (case when pg_column_size(payload) > 262144 then txq.readable(payload) else payload end)::text as payload_text,
               headers::text as headers_text
        from sized where place = 1 or stored_with_it <= $6::bigint) as texts
), taken as materialized (
  select * from written where place = 1 or size_with_it <= $6::bigint order by seq
), batch as (
  select count(*)::integer as jobs, (select count(*) from late) + (select count(*) from beyond) as found, max(place) as last_place,
         coalesce(array_agg(id), '{}') as ids, coalesce(array_agg(coalesce(operation_id, id)), '{}') as operation_ids,
         coalesce(array_agg(queue::text), '{}') as queues, coalesce(array_agg(kind::text), '{}') as kinds,
         coalesce(array_agg(priority::smallint), '{}') as priorities,
         coalesce(array_agg(max_attempts::integer), '{}') as max_attempts,
         coalesce(array_agg(run_at::timestamptz), '{}') as run_ats, coalesce(array_agg(payload_text), '{}') as payloads,
         coalesce(array_agg(headers_text), '{}') as headers, coalesce(array_agg(rules::text), '{}') as rules,
         coalesce(array_agg(enqueued_at), '{}') as enqueued_ats, coalesce(bool_or(rules ? 'unique'), false) as any_unique
  from taken
)
select pg_snapshot_xmax(now.snapshot) as xmax,
       array(select xid from pg_snapshot_xip(now.snapshot) as xid order by xid) as in_progress,
       batch.jobs < batch.found or batch.found >= $5::integer as more,
       last.late as last_late, last.txid as last_txid, last.seq as last_seq,
       batch.jobs, batch.ids, batch.operation_ids, batch.queues, batch.kinds, batch.priorities, batch.max_attempts,
       batch.run_ats, batch.payloads, batch.headers, batch.rules, batch.enqueued_ats, batch.any_unique
from now cross join batch left join taken as last on last.place = batch.last_place;
