-- Which jobs that have just been claimed may begin, as far as limits by key and cost say; the others are parked. See
-- txq.admit_jobs.
--   $1 bigint worker; one element per attempt: $2 uuid[] ids, $3 bigint[] fences; $4 integer crew: which of the worker's
--   groups of threads runs them, $5 integer: on how many threads
-- Returns a row per job that may begin: id, and of which limits and keys it holds places: limits bigint[] (null: none),
-- keys text[], places bigint[], as JSON. Those that are not this worker's any more are left out. Locks the jobs and the keys.
select admitted.job_id as id, to_json(admitted.limit_ids) as limits, to_json(admitted.keys) as keys,
       to_json(admitted.places) as places
from txq.admit_jobs($1::bigint, $2::uuid[], $3::bigint[], $4::integer, $5::integer) as admitted;
