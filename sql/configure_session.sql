-- Settings that must not be left to a role's or a database's defaults. Once per connection.
--   $1 text statement_timeout in milliseconds (0: none), $2 text synchronous_commit: on or off
-- Returns one row: server_version integer, writable boolean. Locks nothing.
select set_config('search_path', 'pg_catalog', false),
       set_config('default_transaction_isolation', 'read committed', false),
       set_config('default_transaction_read_only', 'off', false),
       set_config('default_transaction_deferrable', 'off', false),
       set_config('statement_timeout', $1::text, false),
       set_config('lock_timeout', '0', false),
       set_config('idle_in_transaction_session_timeout', '0', false),
       -- the first is newer than PostgreSQL 13, the second newer than 16
       (select count(set_config(name, '0', false)) from pg_settings
        where name in ('idle_session_timeout', 'transaction_timeout')),
       set_config('synchronous_commit', $2::text, false),
       set_config('TimeZone', 'UTC', false),
       set_config('DateStyle', 'ISO, YMD', false),
       set_config('IntervalStyle', 'postgres', false),
       set_config('bytea_output', 'hex', false),
       set_config('standard_conforming_strings', 'on', false),
       set_config('array_nulls', 'on', false),
       -- Every statement here is served by an index whatever the statistics say, which lag behind a queue.
       set_config('plan_cache_mode', 'force_generic_plan', false),
       set_config('enable_indexscan', 'on', false),
       set_config('enable_nestloop', 'on', false),
       set_config('enable_seqscan', 'off', false),
       set_config('enable_bitmapscan', 'off', false),
       set_config('enable_hashjoin', 'off', false),
       set_config('enable_mergejoin', 'off', false),
       set_config('jit', 'off', false),
       current_setting('server_version_num')::integer as server_version,
       not pg_is_in_recovery() as writable;
