-- What became of a transaction of ours whose COMMIT was never answered.
--   $1 xid8 its id, $2 bigint worker, $3 uuid job id, $4 bigint fence: of the job that it would have completed
-- Returns one row: status text: committed, aborted, in progress, or null for a transaction too old to be known (or lost
-- in a failover); still_ours boolean: the job has not been completed by it. Locks nothing.
select pg_xact_status($1::xid8) as status,
       exists (select from txq.jobs
               where id = $3::uuid and fence = $4::bigint and worker = $2::bigint) as still_ours;
