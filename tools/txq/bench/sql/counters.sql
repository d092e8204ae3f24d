-- How much the server has done so far.
-- Returns one row: wal bigint: bytes of log, of the whole server; commits bigint: of this database, those of a session at
-- its end at the latest. Locks nothing.
select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint as wal,
       (select xact_commit from pg_stat_database where datname = current_database()) as commits;
