-- Which database this is, whatever its name.
-- Returns one row: database text: the server's system identifier and the database's oid, which a copy does not share
-- unless it is a standby or a backup of the whole server; timeline bigint: what tells those apart once they are promoted
-- (0: not yet); writable boolean. Locks nothing.
select (select system_identifier::text from pg_control_system()) || '/' ||
       (select oid::text from pg_database where datname = current_database()) as database,
       case when pg_is_in_recovery() then 0
            else ('x' || lpad(left(pg_walfile_name(pg_current_wal_lsn()), 8), 16, '0'))::bit(64)::bigint end as timeline,
       not pg_is_in_recovery() as writable;
