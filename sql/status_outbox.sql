-- How many jobs of this outbox wait to be moved, how many could not be, and whether a relay is active.
--   $1 xid8 position_txid, $2 bigint position_seq, $3 xid8[] late_txids, $4 bigint[] late_seqs: the relay's position,
--   $5 integer count no further than this
-- Returns one row: waiting bigint, waiting_more boolean: whether there are more than were counted, oldest_ms bigint:
-- how long the first of them has been waiting (null: none waits), active boolean: whether a relay has the lock of
-- outbox_lock; pooled boolean: whether one is connected that does without, because of a pooler; rejected bigint, rejected_more
-- boolean: jobs that could not be moved, counted likewise. Locks nothing.
with waiting as materialized (
  (select job.enqueued_at from unnest($3::xid8[], $4::bigint[]) as late (txid, seq)
   join txq.outbox as job on job.txid = late.txid and job.seq > late.seq
   limit $5::integer + 1)
  union all
  (select enqueued_at from txq.outbox where (txid, seq) > ($1::xid8, $2::bigint) order by txid, seq limit $5::integer + 1)
), rejected as materialized (
  select count(*) as jobs from (select from txq.outbox_rejected limit $5::integer + 1) as counted
), relay_lock (key) as (
  select hashtextextended('txq-relay', 0)
)
select least(count(*), $5::integer) as waiting, count(*) > $5::integer as waiting_more,
       (extract(epoch from clock_timestamp() - min(enqueued_at)) * 1000)::bigint as oldest_ms,
       exists (select from pg_locks as held cross join relay_lock
               where held.locktype = 'advisory' and held.granted and held.objsubid = 1
                 and held.database = (select oid from pg_database where datname = current_database())
                 and held.classid::bigint = (relay_lock.key >> 32) & 4294967295
                 and held.objid::bigint = relay_lock.key & 4294967295) as active,
       exists (select from pg_stat_activity where datname = current_database() and application_name = 'txq-relay pooled') as pooled,
       least((select jobs from rejected), $5::integer) as rejected,
       (select jobs from rejected) > $5::integer as rejected_more
from waiting;
