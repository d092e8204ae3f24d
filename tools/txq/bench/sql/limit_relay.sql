-- Move the outbox's jobs inside the server until nothing is left.
--   $1 integer batch
-- Returns one row: moved bigint. Commits after each batch.
call txq_bench.relay($1::integer, null);
