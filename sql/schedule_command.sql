-- The SQL of the schedule that has started a job: none if it was another one that made the job, or if the schedule is gone.
--   $1 text schedule, $2 text planned_at, $3 uuid job id
-- Returns a row if there is one: command. Locks nothing.
-- On a handler's connection, whose search_path may be any: every name is qualified.
select schedule.command
from txq.schedule_runs as run
join txq.schedules as schedule on schedule.name operator(pg_catalog.=) run.schedule
where run.schedule operator(pg_catalog.=) $1::pg_catalog.text
  and run.planned_at operator(pg_catalog.=) $2::pg_catalog.text::pg_catalog.timestamptz
  and run.job_id operator(pg_catalog.=) $3::pg_catalog.uuid
  and schedule.command is not null;
