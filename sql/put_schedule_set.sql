-- Make the schedules of a set what a worker's file says; what it does is said at txq.put_schedule_set in the migration.
--   $1 text name of the set, $2 jsonb schedules: an array of objects with the columns of txq.schedules
-- Returns a row per schedule that was written or could not be: schedule, outcome: added, changed, removed or taken. Locks the rows
-- that it looks at; waits two seconds for others who have.
select put.schedule, put.outcome from txq.put_schedule_set($1::text, $2::jsonb) as put;
