-- Truncate what has been moved, and turn the ring: see the function in the migrations.
--   $1 xid8 position_txid, $2 bigint position_seq, $3 xid8[] late_txids, $4 bigint[] late_seqs, $5 boolean turn
-- Returns one row: truncated integer. Locks a slot exclusively while it is truncated, never waiting for the lock.
select txq.rotate_outbox($1::xid8, $2::bigint, $3::xid8[], $4::bigint[], $5::boolean) as truncated;
