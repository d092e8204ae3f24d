-- Ends what hold_prepared.sql has made.
rollback prepared 'txq_bench';
