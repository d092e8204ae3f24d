-- Make scheduled jobs ready whose time has come, the longest overdue first, and notify the workers of their queues.
-- Goes behind lock_duty, in one transaction. Jobs that were parked at a limit come back to their old places.
--   $1 integer limit (0: only look, which needs no lock_duty), $2 timestamptz floor: only jobs that are due later than this (-infinity: all)
-- Returns one row: seen_to timestamptz: where the next look may begin if this one has not reached its limit (a second ago,
-- for those that were written late), promoted bigint, next_in_ms bigint: how long until the next one is due, as far as could be seen
-- (null: none; not positive: there are more). Locks the rows that it updates; skips those that others write to.
with due as materialized (
  select id, run_at, queue, priority, tenant from txq.jobs
  where state = 'scheduled' and run_at > $2::timestamptz and run_at <= (select clock_timestamp()) -- asked once, so that the index can answer
  order by run_at
  limit $1::integer
  for update skip locked
), place (given) as materialized (
  -- only where some are of a fair queue
  select txq.take_places(array_agg(queue order by run_at, id), array_agg(priority order by run_at, id),
                         array_agg(tenant order by run_at, id))
  from due
  where exists (select from txq.queues where name = any (array(select queue from due)) and fair is not null)
), promoted as (
  update txq.jobs as job
  set state = 'ready', seq = numbered.seq
  from (select ordered.id, back.seq is not null as returned,
               coalesce(back.seq, (select given from place)[ordered.n], nextval('txq.job_seq')) as seq
        from (select id, run_at, row_number() over (order by run_at, id) as n from due order by n) as ordered
        left join lateral (
          select parked.seq from txq.parked_jobs as parked
          where parked.job_id = ordered.id and parked.run_at = ordered.run_at
          order by parked.fence desc limit 1
        ) as back on true) as numbered
  where job.id = any (array[numbered.id])
  returning job.queue, numbered.returned
), woken as (
  -- an old place is behind what workers have claimed: they have to be told to look there as well
  select pg_notify(case when ready.returned then 'txq_returned' else 'txq_jobs' end, ready.queue)
  from (select queue, bool_or(returned) as returned from promoted group by queue) as ready
  where pg_notification_queue_usage() < 0.95
)
select (select clock_timestamp()) - interval '1 second' as seen_to, (select count(*) from promoted) as promoted,
       (select count(*) from woken) as queues_woken,
       (select ceil(extract(epoch from job.run_at - clock_timestamp()) * 1000)::bigint
        from txq.jobs as job
        where job.state = 'scheduled' and (select count(*) from due) >= 0
          and job.run_at > coalesce((select max(run_at) from due), $2::timestamptz)
        order by job.run_at
        limit 1) as next_in_ms;
