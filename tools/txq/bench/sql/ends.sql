-- What has become of the bench's jobs.
--   $1 text queue
-- Returns one row: recorded bigint, jobs bigint: still in txq.jobs. Locks nothing.
select (select count(*) from txq.processed_jobs where queue = $1::text) as recorded,
       (select count(*) from txq.jobs where queue = $1::text) as jobs;
