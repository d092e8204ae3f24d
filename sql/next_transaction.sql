-- Where time stands, for claim_jobs: once the longest lease of all workers has passed, nobody runs what was locked before.
-- Returns one row: xid xid8: older transactions have begun; longest_lease bigint: in milliseconds. Locks nothing.
select pg_snapshot_xmax(pg_current_snapshot()) as xid,
       coalesce((select ceil(extract(epoch from max(lease)) * 1000)::bigint from txq.workers), 0) as longest_lease;
