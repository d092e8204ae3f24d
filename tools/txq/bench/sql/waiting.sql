-- How many jobs of a queue there are.
--   $1 text queue
-- Returns one row: jobs bigint. Locks nothing.
select count(*) as jobs from txq.jobs where queue = $1::text;
