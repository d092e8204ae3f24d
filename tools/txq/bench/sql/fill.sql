-- Put jobs into the queue as if they waited there for long.
--   $1 bigint number, $2 boolean delayed: for a day; or ready, $3 text queue, $4 text kind, $5 integer tenants whose they are
--   in turn; 0: nobody's
-- Returns nothing. Commits every 100,000 jobs.
call txq_bench.fill($1::bigint, $2::boolean, $3::text, $4::text, $5::integer);
