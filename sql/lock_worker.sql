-- Keep a worker from showing a sign of life until this transaction ends.
--   $1 bigint worker
-- Returns a row if it is registered. Locks the worker's row.
select id from txq.workers where id = $1::bigint for update;
