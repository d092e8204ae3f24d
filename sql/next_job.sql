-- Which job read_outbox would return first.
--   $1 xid8 position_txid, $2 bigint position_seq, $3 xid8[] late_txids, $4 bigint[] late_seqs: as in read_outbox
-- Returns a row if there is one: late boolean, txid, seq, id, and what this statement could see: xmax xid8,
-- in_progress xid8[] (ascending). Locks nothing.
with now as materialized (
  select pg_current_snapshot() as snapshot
), next as materialized (
  select * from (
    (select true as late, job.*
     from now
     cross join unnest($3::xid8[], $4::bigint[]) as ended (txid, seq)
     cross join lateral (
       select outbox.txid, outbox.seq, outbox.id from txq.outbox
       where outbox.txid = ended.txid and outbox.seq > ended.seq order by outbox.seq limit 1
     ) as job
     where pg_visible_in_snapshot(ended.txid, now.snapshot)
     order by job.txid limit 1)
    union all
    (select false, txid, seq, id from txq.outbox
     where (txid, seq) > ($1::xid8, $2::bigint) and txid < (select pg_snapshot_xmax(snapshot) from now)
     order by txid, seq limit 1)
  ) as found
  order by not late
  limit 1
)
select next.late, next.txid, next.seq, next.id, pg_snapshot_xmax(now.snapshot) as xmax,
       array(select xid from pg_snapshot_xip(now.snapshot) as xid order by xid) as in_progress
from now cross join next;
