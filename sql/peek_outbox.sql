-- Whether read_outbox would find anything: what an idle relay asks.
--   $1 xid8 position_txid, $2 bigint position_seq, $3 xid8[] late_txids, $4 bigint[] late_seqs: as in read_outbox
-- Returns one row: anything boolean, and what this statement could see: xmax xid8, in_progress xid8[] (ascending).
-- Locks nothing. Passes over the rows of transactions that have not ended as far as it can: there may be very many.
with now as materialized (
  select pg_current_snapshot() as snapshot
)
select exists (select from txq.outbox as job
               where (job.txid, job.seq) > ($1::xid8, $2::bigint) and job.txid < pg_snapshot_xmax(now.snapshot))
    or exists (select from unnest($3::xid8[], $4::bigint[]) as late (txid, seq)
               cross join lateral (select from txq.outbox as job where job.txid = late.txid and job.seq > late.seq
                                   order by job.seq limit 1) as job
               where pg_visible_in_snapshot(late.txid, now.snapshot)) as anything,
       pg_snapshot_xmax(now.snapshot) as xmax,
       array(select xid from pg_snapshot_xip(now.snapshot) as xid order by xid) as in_progress
from now;
