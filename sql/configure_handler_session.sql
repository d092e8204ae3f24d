-- Settings of a session in which handlers get their transactions: what txq relies on; search_path and the like are the
-- application's own, and names are qualified because of that. Once per connection, or once per transaction where the connection
-- is a pooler's.
--   $1 text synchronous_commit: on or off, $2 boolean: for this transaction only
-- Returns one row: writable boolean, pid integer: of the server's process. Locks nothing.
select pg_catalog.set_config('default_transaction_isolation', 'read committed', $2::boolean),
       pg_catalog.set_config('default_transaction_read_only', 'off', $2::boolean),
       pg_catalog.set_config('default_transaction_deferrable', 'off', $2::boolean),
       pg_catalog.set_config('idle_in_transaction_session_timeout', '0', $2::boolean),
       -- newer than PostgreSQL 13 and 16
       case when pg_catalog.current_setting('idle_session_timeout', true) is not null
            then pg_catalog.set_config('idle_session_timeout', '0', $2::boolean) end,
       case when pg_catalog.current_setting('transaction_timeout', true) is not null
            then pg_catalog.set_config('transaction_timeout', '0', $2::boolean) end,
       -- a worker that is gone without a word must not keep an operation's record, which the next attempt waits for: see
       -- configure_session
       pg_catalog.set_config('tcp_keepalives_idle', '5', $2::boolean),
       pg_catalog.set_config('tcp_keepalives_interval', '2', $2::boolean),
       pg_catalog.set_config('tcp_keepalives_count', '3', $2::boolean),
       pg_catalog.set_config('tcp_user_timeout', '10000', $2::boolean),
       case when pg_catalog.current_setting('client_connection_check_interval', true) is not null
            then pg_catalog.set_config('client_connection_check_interval', '5000', $2::boolean) end,
       pg_catalog.set_config('synchronous_commit', $1::pg_catalog.text, $2::boolean),
       pg_catalog.pg_backend_pid() as pid,
       not pg_catalog.pg_is_in_recovery() as writable;
