-- Keep a worker from showing a sign of life until this transaction ends.
--   $1 bigint worker
-- Returns a row if it is registered and nobody else has locked its row: then somebody is at it, or will be ended before long
-- for being idle in a transaction. Locks the worker's row, and waits for nobody.
select id from txq.workers where id = $1::bigint for update skip locked;
