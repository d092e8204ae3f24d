-- Try to become the only bench of this database, for as long as this connection lasts.
-- Returns one row: locked boolean. Takes a session-level advisory lock, without waiting.
select pg_try_advisory_lock(hashtextextended('txq-bench', 0)) as locked;
