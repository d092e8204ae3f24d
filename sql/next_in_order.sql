-- Let the next job of orders run in which none waits to run, runs, or holds the others back.
--   $1 text[] queues, $2 text[] order_keys: one element per order
-- Goes behind lock_orders, in a transaction of their own, after the one that has ended a job or added one: only so the last of
-- them sees what all have done.
-- Returns one row: started bigint: jobs that are ready now, or scheduled. Locks the rows that it updates; leaves those that others
-- are writing to stalled_orders, since whoever writes one may take long, and others wait for lock_orders meanwhile.
with an_order as materialized (
  select distinct queue, order_key from unnest($1::text[], $2::text[]) as given (queue, order_key)
  order by queue, order_key
), next as materialized (
  select first.*, first.run_at > now() as is_early, row_number() over () as n
  from an_order
  cross join lateral (
    select job.ctid, job.queue, job.priority, job.tenant, job.run_at from txq.jobs as job
    where job.state = 'waiting' and job.queue = an_order.queue and job.order_key = an_order.order_key
    order by job.order_place
    limit 1
  ) as first
  -- not EXISTS, which the planner may answer by reading the whole table once
  where (select true from txq.jobs as active
         where active.queue = an_order.queue and active.order_key = an_order.order_key and active.order_key is not null
           and (active.state in ('scheduled', 'ready', 'running') or (active.order_holds and active.state in ('dead', 'held')))
         limit 1) is null
), place (given) as materialized (
  -- only where some are of a fair queue
  select txq.take_places(array_agg(case when is_early then null else queue end order by n), array_agg(priority order by n),
                         array_agg(tenant order by n))
  from next
  where exists (select from txq.queues where name = any (array(select queue from next)) and fair is not null)
), locked as materialized (
  -- said so that the rows are found by their places, and no index is read
  select job.ctid from txq.jobs as job
  where job.ctid = any (array(select ctid from next)) and job.state::text = 'waiting'
  for update skip locked
), started as (
  update txq.jobs as job
  set state = case when chosen.is_early then 'scheduled' else 'ready' end::txq.job_state,
      seq = case when chosen.is_early then null else coalesce((select given from place)[chosen.n], nextval('txq.job_seq')) end
  from next as chosen
  where job.ctid = any (array(select ctid from locked)) and job.ctid = chosen.ctid
  returning job.queue, job.state
), woken as (
  select pg_notify('txq_jobs', queue) from (select distinct queue from started where state = 'ready') as ready
  where pg_notification_queue_usage() < 0.95
)
select (select count(*) from started) as started, (select count(*) from woken) as queues_woken,
       -- lock_orders has made it short, and a COMMIT that notifies waits for all others of the server that do
       set_config('lock_timeout', '5000', true);
