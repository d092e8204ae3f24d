-- When operations were recorded as done.
--   $1 uuid[] operation_ids
-- Returns a row per operation that was: place bigint, from 1 on; epoch_ns bigint. Locks nothing.
select wanted.place, (extract(epoch from done.processed_at) * 1000000000)::bigint as epoch_ns
from unnest($1::uuid[]) with ordinality as wanted (id, place)
join txq.processed_jobs as done on done.operation_id = wanted.id;
