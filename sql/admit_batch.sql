-- Let a batch of jobs begin that another transaction of this worker has claimed by locks (lock_jobs) and keeps open, as far as
-- limits by key and cost say: all of them or none. See txq.admit_batch.
--   $1 bigint worker, $2 integer locker: which of the worker's, $3 integer threads: on which these jobs run, $4 tid[] rows
--   and, of jobs whose payloads no limit asks for, one element per $5 text[] queue, $6 text[] kind and $7 text[] tenant: $8 integer[]
--   how many, 0 for those of which places are kept, $9 boolean: whether there will be more batches soon
-- What the locker holds already is given back, unless it holds places of whichever key and may go on to.
-- Returns a row if they may begin: limits bigint[], keys text[], and places bigint[] that the batch holds of each until leave_batch
-- (null or 0: none), as JSON; any_key boolean: it holds places of whichever key, and may keep them for other batches of the same
-- queues and kinds.
-- Fails with a violation of the foreign key for a worker that is not registered. Locks the keys.
select to_json(admitted.limit_ids) as limits, to_json(admitted.keys) as keys, to_json(admitted.places) as places,
       admitted.any_key
from txq.admit_batch($1::bigint, $2::integer, $3::integer, $4::tid[], $5::text[], $6::text[], $7::text[], $8::integer[],
                     $9::boolean) as admitted;
