-- Which database this is: changes when the server is another one, or has been promoted or restored.
-- Returns one row: origin text: system identifier, timeline and the database's oid; writable boolean. Locks nothing.
select (select system_identifier::text from pg_control_system()) || '/' ||
       case when pg_is_in_recovery() then 0 else ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::integer end
       || '/' || (select oid::text from pg_database where datname = current_database()) as origin,
       not pg_is_in_recovery() as writable;
