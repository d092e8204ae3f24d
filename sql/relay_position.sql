-- How far an outbox has been moved.
--   $1 uuid source, $2 text database
-- Returns one row: batch, timeline, position_txid, position_seq, late_txids, late_seqs, again: all null at the very beginning;
-- copied boolean: whether another copy of this outbox has been moved from; kept_batch, stopped_timeline, why, resumed: what
-- txq.stopped_outboxes says of it, if that is about the last batch. Locks nothing.
select last.batch, last.timeline, last.position_txid, last.position_seq, last.late_txids, last.late_seqs, last.again,
       exists (select from txq.relay_batches as other where other.source = $1::uuid and other.database < $2::text) or
       exists (select from txq.relay_batches as other where other.source = $1::uuid and other.database > $2::text) as copied,
       stopped.kept_batch, stopped.timeline as stopped_timeline, stopped.why,
       stopped.resumed_at is not null as resumed
from (values (1)) as always
left join lateral (
  select * from txq.relay_batches where source = $1::uuid and database = $2::text order by batch desc limit 1
) as last on true
left join txq.stopped_outboxes as stopped
  on stopped.source = $1::uuid and stopped.database = $2::text and stopped.batch = last.batch;
