-- Ends a transaction that has only read.
rollback;
