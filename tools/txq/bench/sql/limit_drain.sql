-- Claim and complete the bench's jobs inside the server until nothing is left.
--   $1 bigint worker, $2 text queue, $3 text kind, $4 integer batch, $5 boolean: under locks, or with leases
-- Returns one row: done bigint. Commits after each batch; with leases after each claim, too.
call txq_bench.drain($1::bigint, $2::text, $3::text, $4::integer, $5::boolean, null);
