-- Forget old runs of schedules: not the last one of a schedule, which says how far it has come, nor one whose job may still be run, if
-- only because a person says so.
--   $1 bigint retention in milliseconds, $2 integer limit
-- Returns one row: deleted bigint. Locks the rows that it deletes; skips those that others have locked.
with old as materialized (
  select run.ctid from txq.schedule_runs as run
  where run.planned_at < now() - $1::bigint * interval '1 millisecond'
    and ((select true from txq.schedule_runs as later
          where later.schedule = run.schedule and later.planned_at > run.planned_at and later.planned_at <= now()
            and not later.by_hand
          limit 1) is not null
         or (select true from txq.schedules as schedule where schedule.name = run.schedule) is null)
    and (select true from txq.jobs as job where job.id = run.job_id) is null
  order by run.planned_at
  limit $2::integer
  for update skip locked
), gone as (
  delete from txq.schedule_runs as run where run.ctid = any (array(select ctid from old)) returning run.schedule
)
select count(*) as deleted from gone;
