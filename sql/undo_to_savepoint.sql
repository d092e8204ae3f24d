-- Undo what has been done since set_savepoint, also after an error. The savepoint stays.
-- Returns nothing. Gives back the locks taken since.
rollback to savepoint txq_testing;
