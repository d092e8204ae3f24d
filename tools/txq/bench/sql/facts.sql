-- What the server is and how it is set.
-- Returns one row: version text, settings jsonb: those that matter here, by name; backend integer: this session's
-- process; postmaster_started_at float8: seconds since 1970. Locks nothing.
select current_setting('server_version') as version,
       (select jsonb_object_agg(name, current_setting(name)) from pg_settings where name in
          ('fsync', 'synchronous_commit', 'full_page_writes', 'wal_level', 'wal_compression', 'wal_sync_method', 'commit_delay',
           'shared_buffers', 'max_wal_size', 'checkpoint_timeout', 'autovacuum', 'autovacuum_naptime', 'data_checksums')) as settings,
       pg_backend_pid() as backend,
       extract(epoch from pg_postmaster_start_time())::float8 as postmaster_started_at;
