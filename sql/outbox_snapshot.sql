-- What the transaction that read_outbox runs in can see. Its first statement, at isolation level repeatable read.
-- Returns one row: xmax xid8, in_progress xid8[] (ascending). Locks nothing.
select pg_snapshot_xmax(now.snapshot) as xmax,
       coalesce((select array_agg(xid order by xid) from pg_snapshot_xip(now.snapshot) as xid), '{}') as in_progress
from (select pg_current_snapshot() as snapshot) as now;
