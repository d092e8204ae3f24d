-- Give rows that came from another life of this database (a dump, a backup) and whose transaction ids are still to
-- come in this one the id of this transaction, so that they have a place before those to come; and forget what was truncated in
-- that life.
-- Returns a row per job: id. Locks the rows that it updates, which nobody else writes.
with forgotten as (
  update txq.outbox_source set truncated_txid = '0', truncated_seq = 0
  where truncated_txid >= pg_snapshot_xmax(pg_current_snapshot())
)
update txq.outbox set txid = default where txid >= pg_snapshot_xmax(pg_current_snapshot()) returning id;
