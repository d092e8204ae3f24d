-- Keep a copy of a job that cannot be moved in txq.outbox_rejected. The relay then goes on behind it.
--   $1 xid8 txid, $2 bigint seq, $3 text why, $4 boolean bare: without its payload and headers, which cannot be read
-- Returns nothing. Locks nothing but the row it adds.
insert into txq.outbox_rejected (id, operation_id, queue, kind, priority, max_attempts, run_at, payload, headers, rules, enqueued_at, why)
select id, coalesce(operation_id, id), queue, kind, priority, max_attempts, run_at,
       case when $4::boolean then 'null' else payload end, case when not $4::boolean then headers end, rules, enqueued_at, $3::text
from txq.outbox where txid = $1::xid8 and seq = $2::bigint
on conflict (id) do nothing;
