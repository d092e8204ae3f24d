-- Waits for others who let the next jobs of these orders run, and keeps them out until the transaction ends. Goes before
-- next_in_order, for the same reasons as lock_duty; waiting, since whoever has come first may not have seen what this one has done.
--   $1 text[] queues, $2 text[] order_keys: as for next_in_order
-- Returns nothing of interest. Locks by one of 64 numbers for each order, in their order: there may be more orders than a server has
-- room for locks. Waits for half a second for each, and then fails with 55P03: stalled_orders finds what is left undone. A
-- session that says nothing for two seconds is ended, since others wait for it.
with patience as materialized (
  select set_config('lock_timeout', '500', true), set_config('idle_in_transaction_session_timeout', '2000', true)
), numbers as materialized (
  select distinct (hashtextextended(queue, hashtextextended(order_key, 0)) & 63)::integer as number
  from unnest($1::text[], $2::text[]) as an_order (queue, order_key)
  order by number
)
select pg_advisory_xact_lock(hashtext('txq.next_in_order'), number) from patience cross join numbers;
