-- Make room in the ring by truncating what has been moved: see the function in the migrations. Then turn_outbox.
--   $1 xid8 position_txid, $2 bigint position_seq, $3 xid8[] late_txids, $4 bigint[] late_seqs: as the queue has them
-- Returns one row: truncated integer. Locks a slot exclusively while it is truncated, never waiting for the lock, and
-- never the slot that inserts go to.
select txq.truncate_outbox($1::xid8, $2::bigint, $3::xid8[], $4::bigint[]) as truncated;
