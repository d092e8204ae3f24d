-- Settings of a session in which handlers get their transactions: what txq relies on; search_path and the like are the
-- application's own. Once per connection.
--   $1 text synchronous_commit: on or off
-- Returns one row: writable boolean, pid integer: of the server's process. Locks nothing.
select set_config('default_transaction_isolation', 'read committed', false),
       set_config('default_transaction_read_only', 'off', false),
       set_config('default_transaction_deferrable', 'off', false),
       set_config('idle_in_transaction_session_timeout', '0', false),
       (select count(set_config(name, '0', false)) from pg_settings
        where name in ('idle_session_timeout', 'transaction_timeout')),
       -- a worker that is gone without a word must not keep an operation's record, which the next attempt waits for: see
       -- configure_session
       set_config('tcp_keepalives_idle', '5', false),
       set_config('tcp_keepalives_interval', '2', false),
       set_config('tcp_keepalives_count', '3', false),
       set_config('tcp_user_timeout', '10000', false),
       (select count(set_config(name, '5000', false)) from pg_settings where name = 'client_connection_check_interval'),
       set_config('synchronous_commit', $1::text, false),
       pg_backend_pid() as pid,
       not pg_is_in_recovery() as writable;
