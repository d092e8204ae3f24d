-- Whether read_outbox would find anything: what an idle relay asks.
--   $1 xid8 position_txid, $2 bigint position_seq, $3 xid8[] late_txids, $4 bigint[] late_seqs
-- Returns one row: anything boolean. Locks nothing.
select exists (select from txq.outbox as job where (job.txid, job.seq) > ($1::xid8, $2::bigint))
    or exists (select from unnest($3::xid8[], $4::bigint[]) as late (txid, seq)
               join txq.outbox as job on job.txid = late.txid and job.seq > late.seq) as anything;
