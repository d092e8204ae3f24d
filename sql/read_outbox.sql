-- The next jobs to move: first those of transactions that were in progress when the position passed them, then those
-- beyond the position.
--   $1 xid8 position_txid, $2 bigint position_seq: everything up to here has been moved, but the late transactions
--   $3 xid8[] late_txids, $4 bigint[] late_seqs: of these transactions the rows up to their seq have been moved
--   $5 integer limit, $6 bigint limit of the payloads' bytes together; the first row comes whatever its size
-- Returns, in this order: late boolean, txid, seq, the job's columns (payload and headers as text), and
-- candidates: how many rows there were before the bytes were limited; if that is the limit, there may be more.
-- Locks nothing. Runs in the transaction of outbox_snapshot.
with late as materialized (
  select job.*
  from unnest($3::xid8[], $4::bigint[]) with ordinality as late (txid, seq, place)
  cross join lateral (
    select * from txq.outbox where outbox.txid = late.txid and outbox.seq > late.seq order by outbox.seq limit $5::integer
  ) as job
  order by late.place, job.seq
  limit $5::integer
), candidates as (
  select true as late, * from late
  union all
  (select false, * from txq.outbox where (txid, seq) > ($1::xid8, $2::bigint) order by txid, seq
   limit greatest($5::integer - (select count(*) from late), 0))
), sized as (
  select *, count(*) over () as candidates,
         coalesce(sum(pg_column_size(payload)) over (order by not late, txid, seq rows between unbounded preceding and 1 preceding), 0) as bytes_before
  from candidates
)
select late, txid, seq, id, operation_id, queue, kind, priority, max_attempts, run_at,
       payload::text as payload, headers::text as headers, enqueued_at, candidates
from sized
where bytes_before < $6::bigint
order by not late, txid, seq;
