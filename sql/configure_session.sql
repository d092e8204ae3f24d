-- Settings that must not be left to a role's or a database's defaults. Once per connection, or once per
-- transaction where the connection is a pooler's. Names are qualified: search_path is still somebody else's.
--   $1 text statement_timeout in milliseconds (0: none), $2 text synchronous_commit: on or off, $3 boolean: for this
--   transaction only, in milliseconds (0: none) $4 text lock_timeout, $5 text idle_session_timeout, $6 text
--   idle_in_transaction_session_timeout
-- Returns one row: server_version integer, writable boolean, pid integer: of the server's process. Locks nothing.
select pg_catalog.set_config('search_path', 'pg_catalog', $3::boolean),
       pg_catalog.set_config('default_transaction_isolation', 'read committed', $3::boolean),
       pg_catalog.set_config('default_transaction_read_only', 'off', $3::boolean),
       pg_catalog.set_config('default_transaction_deferrable', 'off', $3::boolean),
       pg_catalog.set_config('statement_timeout', $1::pg_catalog.text, $3::boolean),
       pg_catalog.set_config('lock_timeout', $4::pg_catalog.text, $3::boolean),
       pg_catalog.set_config('idle_in_transaction_session_timeout', $6::pg_catalog.text, $3::boolean),
       -- newer than PostgreSQL 13 and 16
       case when pg_catalog.current_setting('idle_session_timeout', true) is not null
            then pg_catalog.set_config('idle_session_timeout', $5::pg_catalog.text, $3::boolean) end,
       case when pg_catalog.current_setting('transaction_timeout', true) is not null
            then pg_catalog.set_config('transaction_timeout', '0', $3::boolean) end,
       -- a client that is gone without a word is noticed in about ten seconds, not in two hours, and with it what it has
       -- locked; while a statement runs, by PostgreSQL 14 and newer
       pg_catalog.set_config('tcp_keepalives_idle', '5', $3::boolean),
       pg_catalog.set_config('tcp_keepalives_interval', '2', $3::boolean),
       pg_catalog.set_config('tcp_keepalives_count', '3', $3::boolean),
       pg_catalog.set_config('tcp_user_timeout', '10000', $3::boolean),
       case when pg_catalog.current_setting('client_connection_check_interval', true) is not null
            then pg_catalog.set_config('client_connection_check_interval', '5000', $3::boolean) end,
       pg_catalog.set_config('synchronous_commit', $2::pg_catalog.text, $3::boolean),
       pg_catalog.set_config('TimeZone', 'UTC', $3::boolean),
       pg_catalog.set_config('DateStyle', 'ISO, YMD', $3::boolean),
       pg_catalog.set_config('IntervalStyle', 'postgres', $3::boolean),
       pg_catalog.set_config('bytea_output', 'hex', $3::boolean),
       pg_catalog.set_config('standard_conforming_strings', 'on', $3::boolean),
       pg_catalog.set_config('array_nulls', 'on', $3::boolean),
       -- Every statement here is served by an index whatever the statistics say, which lag behind a queue.
       pg_catalog.set_config('plan_cache_mode', 'force_generic_plan', $3::boolean),
       pg_catalog.set_config('enable_indexscan', 'on', $3::boolean),
       pg_catalog.set_config('enable_nestloop', 'on', $3::boolean),
       pg_catalog.set_config('enable_seqscan', 'off', $3::boolean),
       pg_catalog.set_config('enable_bitmapscan', 'off', $3::boolean),
       pg_catalog.set_config('enable_hashjoin', 'off', $3::boolean),
       pg_catalog.set_config('enable_mergejoin', 'off', $3::boolean),
       pg_catalog.set_config('jit', 'off', $3::boolean),
       pg_catalog.current_setting('server_version_num')::integer as server_version,
       pg_catalog.pg_backend_pid() as pid,
       not pg_catalog.pg_is_in_recovery() as writable;
