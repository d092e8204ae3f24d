-- Schedules with how far they have come, in the order of their names.
--   $1 text[] names (null: all), $2 integer limit, $3 text: only names that come behind this one (empty: all)
-- Returns a row per schedule: name, times, zone, kind, payload, command, queue, priority, max_attempts, tenant, headers, missed,
-- missed_limit, overlap, jitter_ms, file_set, paused_at, problem; base_us bigint: as in read_schedules; now_us; of its last run
-- last_at and last_us bigint, last_by_hand boolean, last_job uuid (null: an earlier run was not over), last_state (null: it is completed, or
-- forgotten). Locks nothing.
select schedule.name, schedule.times, schedule.zone, schedule.kind, schedule.payload, schedule.command, schedule.queue,
       schedule.priority, schedule.max_attempts, schedule.tenant, schedule.headers, schedule.missed, schedule.missed_limit, schedule.overlap,
       (extract(epoch from schedule.jitter) * 1000)::bigint as jitter_ms, schedule.file_set, schedule.paused_at,
       schedule.problem,
       (extract(epoch from greatest(least(schedule.since, clock_timestamp()), (
          select run.planned_at from txq.schedule_runs as run
          where run.schedule = schedule.name and run.planned_at <= clock_timestamp() and not run.by_hand
          order by run.planned_at desc limit 1))) * 1000000)::bigint as base_us,
       (extract(epoch from clock_timestamp()) * 1000000)::bigint as now_us,
       last.planned_at as last_at, (extract(epoch from last.planned_at) * 1000000)::bigint as last_us, last.by_hand as last_by_hand, last.job_id as last_job,
       (select job.state from txq.jobs as job where job.id = last.job_id) as last_state
from txq.schedules as schedule
left join lateral (
  select run.planned_at, run.by_hand, run.job_id from txq.schedule_runs as run
  where run.schedule = schedule.name
  order by run.planned_at desc limit 1
) as last on true
where ($1::text[] is null or schedule.name = any ($1::text[])) and schedule.name > $3::text
order by schedule.name
limit $2::integer;
