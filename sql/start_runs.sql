-- Start the runs of schedules at times that have come; what it does is said at txq.start_runs in the migration.
--   one element per run: $1 text[] names, $2 xid8[] versions, $3 bigint[] times in seconds since 1970
-- Returns a row per run, or none if another one is at it: schedule, time bigint, outcome: started, known, overlap, locked
-- or gone. Locks the schedules' rows; skips those that others have locked.
select run.schedule, extract(epoch from run.planned_at)::bigint as time, run.outcome
from txq.start_runs($1::text[], $2::xid8[],
                    array(select to_timestamp(one.time) from unnest($3::bigint[]) with ordinality as one (time, place)
                          order by one.place)) as run;
