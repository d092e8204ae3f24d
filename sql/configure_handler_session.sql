-- Settings of a session in which handlers get their transactions: what txq relies on; search_path and the like are the
-- application's own. Once per connection.
--   $1 text statement_timeout in milliseconds, $2 text synchronous_commit, $3 boolean (see configure_session); the first
--   and the last are not used
-- Returns one row: writable boolean, pid integer: of the server's process. Locks nothing.
select $1::text as unused, $3::boolean as unused_too,
       set_config('default_transaction_isolation', 'read committed', false),
       set_config('default_transaction_read_only', 'off', false),
       set_config('default_transaction_deferrable', 'off', false),
       set_config('idle_in_transaction_session_timeout', '0', false),
       (select count(set_config(name, '0', false)) from pg_settings where name = 'idle_session_timeout'),
       set_config('synchronous_commit', $2::text, false),
       pg_backend_pid() as pid,
       not pg_is_in_recovery() as writable;
