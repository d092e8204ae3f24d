-- End an attempt within a test's transaction that began with set_savepoint; what it has done stays.
-- Returns nothing. Locks nothing.
release savepoint txq_testing;
