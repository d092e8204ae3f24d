-- Undo, for this transaction, what configure_session has forbidden the planner: a migration may have to read a table
-- whole.
-- Returns one row. Locks nothing.
select set_config('enable_seqscan', 'on', true),
       set_config('enable_bitmapscan', 'on', true),
       set_config('enable_hashjoin', 'on', true),
       set_config('enable_mergejoin', 'on', true);
