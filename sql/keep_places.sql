-- Let jobs of a batch that have just been leased hold places of their own, where the batch does not any more (leave_batch): in one
-- transaction with both. See txq.keep_places.
--   $1 bigint worker; one element per attempt: $2 uuid[] ids, $3 bigint[] fences; $4 integer crew: which of the worker's
--   groups of threads runs them, $5 integer: on how many threads
-- Returns a row per job that holds places: id, limits bigint[], keys text[], places bigint[], as JSON. Locks the rows that it writes.
select kept.job_id as id, to_json(kept.limit_ids) as limits, to_json(kept.keys) as keys, to_json(kept.places) as places
from txq.keep_places($1::bigint, $2::uuid[], $3::bigint[], $4::integer, $5::integer) as kept;
