-- Let those jobs count that run already, of a limit by key or cost that has begun to count: see txq.count_running_jobs.
--   $1 bigint limit
-- Returns one row: added integer. Locks the rows that it adds.
select txq.count_running_jobs($1::bigint) as added;
