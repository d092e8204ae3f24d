-- The schedules that were changed since somebody has looked, with how far each has come.
--   $1 xid8 seen: what the last call has returned (null: all schedules)
-- Returns a row per schedule, or one row without a name if there is none: seen xid8 for the next call: what is committed
-- from then on has a changed_in of this or more; now_us bigint; name, version xid8 (its changed_in), times, zone, missed,
-- missed_limit, paused boolean, base_us bigint: no time up to here is to come any more. Points in time are microseconds
-- since 1970. base is what is the latest up to now: after a step of the clock there may be later runs. Locks nothing.
with moment as materialized (
  select clock_timestamp() as now, pg_snapshot_xmin(pg_current_snapshot()) as seen
)
select moment.seen, (extract(epoch from moment.now) * 1000000)::bigint as now_us,
       schedule.name, schedule.changed_in as version, schedule.times, schedule.zone, schedule.missed, schedule.missed_limit,
       schedule.paused_at is not null as paused,
       (extract(epoch from greatest(least(schedule.since, moment.now), (
          select run.planned_at from txq.schedule_runs as run
          where run.schedule = schedule.name and run.planned_at <= moment.now and not run.by_hand
          order by run.planned_at desc limit 1))) * 1000000)::bigint as base_us
from moment
left join txq.schedules as schedule
  -- rows of another life of this database, restored from a dump, may have ids that are yet to come
  on schedule.changed_in >= coalesce($1::xid8, '0')
     and ($1::xid8 is null or schedule.changed_in < pg_snapshot_xmax(pg_current_snapshot()));
