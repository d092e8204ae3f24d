-- Try to become the active relay of this outbox, for as long as this connection lasts. Only saves work: should two
-- relays be active, the primary key of txq.relay_batches keeps them from moving a row twice.
-- Returns one row: locked boolean. Takes a session-level advisory lock, without waiting.
select pg_try_advisory_lock(hashtextextended('txq-relay', 0)) as locked;
