-- The jobs that the current transaction has enqueued, by whatever path, after those that have been read before. For
-- tests of applications.
--   $1 bigint after seq
-- Returns seq, id, operation_id, queue, kind, priority, max_attempts, delay_us bigint: from its enqueue until it may be
-- run, payload, headers (as text), tenant, order_key, order_holds, in order. Locks nothing.
select seq, id, coalesce(operation_id, id) as operation_id, queue, kind, priority, max_attempts,
       greatest(0, (extract(epoch from run_at - enqueued_at) * 1000000)::bigint) as delay_us,
       payload::text as payload, headers::text as headers, rules->>'tenant' as tenant,
       rules->>'order_key' as order_key, (rules ? 'order_goes_on') is not true as order_holds
from txq.outbox
where txid = pg_current_xact_id() and seq > $1::bigint
order by seq;
