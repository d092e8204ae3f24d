-- Orders in which a job waits although none waits to run, runs, or holds it back: whoever ended the one before has died,
-- or was an operator. Looks at some of the orders that have waiting jobs, beyond those that were looked at before.
--   $1 text queue, $2 text order_key: beyond this one (both empty: from the first on), $3 integer how many to look at
-- Returns one row: queues, order_keys text[] for next_in_order (null: none), and the last order that was looked at: last_queue,
-- last_key text (null: there are no more). Locks nothing. Costs two looks into an index per order.
with recursive an_order (queue, order_key, n) as (
  (select queue, order_key, 1 from txq.jobs
   where state = 'waiting' and (queue, order_key) > ($1::text, $2::text)
   order by queue, order_key limit 1)
  union all
  select next.queue, next.order_key, n + 1
  from an_order
  cross join lateral (
    select job.queue, job.order_key from txq.jobs as job
    where job.state = 'waiting' and (job.queue, job.order_key) > (an_order.queue, an_order.order_key)
    order by job.queue, job.order_key
    limit 1
  ) as next
  where n < $3::integer
), looked_at as materialized (
  select queue, order_key, n,
         (select true from txq.jobs as active
          where active.queue = an_order.queue and active.order_key = an_order.order_key and active.order_key is not null
            and (active.state in ('scheduled', 'ready', 'running') or (active.order_holds and active.state in ('dead', 'held')))
          limit 1) is null as stalled
  from an_order
)
select array_agg(queue) filter (where stalled) as queues, array_agg(order_key) filter (where stalled) as order_keys,
       max(queue) filter (where n = $3::integer) as last_queue, max(order_key) filter (where n = $3::integer) as last_key
from looked_at;
