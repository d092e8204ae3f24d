-- Removes what hold_slot.sql has made.
select pg_drop_replication_slot('txq_bench');
