-- Let relays go on with an outbox that they have stopped moving from, by reading it anew.
--   $1 uuid source, $2 text database, $3 bigint batch, $4 bigint kept_batch, $5 bigint timeline: as stopped_outboxes showed it
-- Returns a row: resumed_at; or none, if it is not stopped, not as it was shown, or resumed already. Locks the outbox's row.
update txq.stopped_outboxes set resumed_at = clock_timestamp()
where source = $1::uuid and database = $2::text and batch = $3::bigint and kept_batch = $4::bigint and timeline = $5::bigint
  and resumed_at is null
returning resumed_at;
