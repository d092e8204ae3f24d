-- What a bench that was killed may still hold the horizon with.
-- Returns one row: prepared boolean, slot boolean. Locks nothing.
select exists (select from pg_prepared_xacts where gid = 'txq_bench' and database = current_database()) as prepared,
       exists (select from pg_replication_slots where slot_name = 'txq_bench' and database = current_database()) as slot;
