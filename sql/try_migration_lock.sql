-- Try to be the one that migrates this database, for as long as the transaction lasts.
-- Returns one row: locked boolean. Takes an advisory lock, without waiting.
select pg_try_advisory_xact_lock(hashtextextended('txq-migrate', 0)) as locked;
