-- Settings of a session in which handlers get their transactions: what txq relies on; search_path and the like are the
-- application's own. Once per connection, or once per transaction where the connection is a pooler's.
--   $1 text synchronous_commit: on or off, $2 boolean: for this transaction only
-- Returns one row: writable boolean, pid integer: of the server's process. Locks nothing.
select set_config('default_transaction_isolation', 'read committed', $2::boolean),
       set_config('default_transaction_read_only', 'off', $2::boolean),
       set_config('default_transaction_deferrable', 'off', $2::boolean),
       set_config('idle_in_transaction_session_timeout', '0', $2::boolean),
       -- newer than PostgreSQL 13 and 16
       case when current_setting('idle_session_timeout', true) is not null
            then set_config('idle_session_timeout', '0', $2::boolean) end,
       case when current_setting('transaction_timeout', true) is not null
            then set_config('transaction_timeout', '0', $2::boolean) end,
       -- a worker that is gone without a word must not keep an operation's record, which the next attempt waits for: see
       -- configure_session
       set_config('tcp_keepalives_idle', '5', $2::boolean),
       set_config('tcp_keepalives_interval', '2', $2::boolean),
       set_config('tcp_keepalives_count', '3', $2::boolean),
       set_config('tcp_user_timeout', '10000', $2::boolean),
       case when current_setting('client_connection_check_interval', true) is not null
            then set_config('client_connection_check_interval', '5000', $2::boolean) end,
       set_config('synchronous_commit', $1::text, $2::boolean),
       pg_backend_pid() as pid,
       not pg_is_in_recovery() as writable;
