-- How far a source has been moved.
--   $1 uuid source
-- Returns one row, or none at the very beginning: batch, origin, position_txid, position_seq, late_txids, late_seqs.
-- Locks nothing.
select batch, origin, position_txid, position_seq, late_txids, late_seqs
from txq.relay_batches
where source = $1::uuid
order by batch desc
limit 1;
