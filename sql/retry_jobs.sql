-- Make jobs ready now that wait, are held or have ended without success, and notify the workers of their queues. Those
-- that do not only wait get all of their attempts again; the fence and the errors of earlier attempts stay.
--   $1 uuid[] ids, $2 text[] states: those that are in one of them; scheduled, dead, held, discarded and cancelled can be,
--   $3 text queue to put them into (null: they stay in theirs); which one they were enqueued for is kept in came_from.
-- One that had ended and has an order_key waits for its turn, for which next_in_order is to be asked
-- Returns the ids of those that are ready now or wait for their turn. Locks the rows that it updates; waits for those who are writing them.
with chosen as materialized (
  select id, coalesce($3::text, queue) as queue, priority, tenant from txq.jobs
  where id = any ($1::uuid[]) and state::text = any ($2::text[]) and state in ('scheduled', 'dead', 'held', 'discarded', 'cancelled')
  order by id
  for update
), place (given) as materialized (
  -- only where some are of a fair queue
  select txq.take_places(array_agg(queue order by id), array_agg(priority order by id), array_agg(tenant order by id))
  from chosen
  where exists (select from txq.queues where name = any (array(select queue from chosen)) and fair is not null)
), retried as (
  update txq.jobs as job
  set state = case when job.order_key is null or job.state = 'scheduled' then 'ready' else 'waiting' end::txq.job_state,
      seq = case when job.order_key is null or job.state = 'scheduled'
                 then coalesce((select given from place)[chosen.n], nextval('txq.job_seq')) end,
      run_at = clock_timestamp(), finished_at = null,
      attempt = case job.state when 'scheduled' then job.attempt else 0 end,
      crashes = case job.state when 'scheduled' then job.crashes else 0 end,
      redrives = least(32767, job.redrives + (job.state <> 'scheduled')::integer),
      queue = coalesce($3::text, job.queue),
      came_from = nullif(coalesce(job.came_from, job.queue), coalesce($3::text, job.queue))
  from (select id, row_number() over (order by id) as n from chosen) as chosen
  where job.id = any (array[chosen.id])
  returning job.id, job.queue
), woken as (
  select pg_notify('txq_jobs', queue) from (select distinct queue from retried) as ready
  where pg_notification_queue_usage() < 0.95
)
select id, (select count(*) from woken) as queues_woken from retried;
