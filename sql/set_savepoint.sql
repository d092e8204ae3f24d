-- Where an attempt begins within a test's transaction, so that its effects can be undone: see undo_to_savepoint.
-- Returns nothing. Locks nothing.
savepoint txq_testing;
