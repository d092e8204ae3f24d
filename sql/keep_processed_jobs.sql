-- Make room for the records of the coming days and forget those that are too old: see the function in the migrations.
--   $1 bigint retention in milliseconds, $2 integer days ahead
-- Returns one row: dropped integer: days; more boolean: whether to call again soon. Locks txq.processed_jobs for a
-- moment, waiting a fifth of a second at most.
select dropped, more from txq.keep_processed_jobs($1::bigint * interval '1 millisecond', $2::integer);
