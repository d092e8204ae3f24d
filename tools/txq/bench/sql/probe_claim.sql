-- Claim jobs and say what that has cost.
--   $1 bigint worker, $2 text queue, $3 text kind, $4 integer limit, $5 bigint floor
-- Returns one row: milliseconds float8, buffers float8, jobs float8. Locks what lock_jobs locks: roll back.
select milliseconds, buffers, jobs from txq_bench.probe_claim($1::bigint, $2::text, $3::text, $4::integer, $5::bigint);
