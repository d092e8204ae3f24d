-- Make orders, with a job each if $2, inside the server.
--   $1 integer number, $2 boolean with_job, $3 text queue, $4 text kind, $5 jsonb payload
-- Returns nothing. Commits after each order.
call txq_bench.enqueue($1::integer, $2::boolean, $3::text, $4::text, $5::jsonb);
