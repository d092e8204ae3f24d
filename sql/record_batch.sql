-- Say how far a source has been moved with the jobs that move_outbox has put into the queue, in the same transaction.
--   $1 uuid source, $2 text database, $3 bigint batch (the last one's plus 1), $4 bigint timeline, $5 xid8
--   position_txid, $6 bigint position_seq, $7 xid8[] late_txids, $8 bigint[] late_seqs, $9 text relay, $10 integer jobs
-- Returns one row: written boolean: false if this is not the next batch: another relay is active, and the transaction
-- must be rolled back. Fails with a unique violation where another relay writes the same batch at the same time. Locks
-- nothing but the row it adds.
with batch as (
  insert into txq.relay_batches (source, database, batch, timeline, position_txid, position_seq, late_txids, late_seqs, jobs, relay)
  select $1::uuid, $2::text, $3::bigint, $4::bigint, $5::xid8, $6::bigint, $7::xid8[], $8::bigint[], $10::integer, $9::text
  where $3::bigint - 1 = coalesce((select max(last.batch) from txq.relay_batches as last
                                   where last.source = $1::uuid and last.database = $2::text), 0)
  returning batch
)
select exists (select from batch) as written;
