-- Decide which jobs of a batch become jobs of their own, before write_batch writes it in the same transaction; see
-- txq.settle_unique.
--   $1 uuid[] ids, $2 uuid[] operation_ids, $3 text[] queues, $4 text[] kinds, $5 smallint[] priorities,
--   $6 integer[] max_attempts, $7 timestamptz[] run_ats, $8 text[] payloads, $9 text[] headers, $10 text[] rules,
--   $11 timestamptz[] enqueued_ats, $12 boolean again: as in write_batch
-- Returns one row, with the batch that is left in the same columns: ids, operation_ids, queues, kinds, priorities,
-- max_attempts, run_ats, payloads, headers, rules, enqueued_ats; and own integer: how many jobs those are.
-- Locks the rows of the keys, and of the waiting jobs that stand for them; passes over those that others have locked.
select *, cardinality(ids) as own
from txq.settle_unique($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::smallint[], $6::integer[], $7::timestamptz[],
                       $8::text[], $9::text[], $10::text[], $11::timestamptz[], $12::boolean);
