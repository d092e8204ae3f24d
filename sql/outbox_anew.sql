-- Note that an outbox is read anew from this batch on. On disk with the batch's barrier, at the latest.
--   $1 bigint batch
-- Returns one row. Locks nothing for longer than a moment.
select setval('txq.outbox_anew', $1::bigint);
