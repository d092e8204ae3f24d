-- Orders in which a job waits although none waits to run, runs, or holds it back: whoever ended the one before has died,
-- or was an operator.
-- Returns one row: queues, order_keys text[] for next_in_order (null: none). Locks nothing. Costs two looks into an index per
-- order that has waiting jobs.
with recursive an_order (queue, order_key) as (
  (select queue, order_key from txq.jobs where state = 'waiting' order by queue, order_key limit 1)
  union all
  select next.queue, next.order_key
  from an_order
  cross join lateral (
    select job.queue, job.order_key from txq.jobs as job
    where job.state = 'waiting' and (job.queue, job.order_key) > (an_order.queue, an_order.order_key)
    order by job.queue, job.order_key
    limit 1
  ) as next
)
select array_agg(queue) as queues, array_agg(order_key) as order_keys
from an_order
where (select true from txq.jobs as active
       where active.queue = an_order.queue and active.order_key = an_order.order_key and active.order_key is not null
         and (active.state in ('scheduled', 'ready', 'running') or (active.order_holds and active.state in ('dead', 'held')))
       limit 1) is null;
