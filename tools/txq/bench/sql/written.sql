-- What the transactions of `txq bench enqueue` have left.
-- Returns one row: orders bigint, jobs bigint. Locks nothing.
select (select count(*) from txq_bench.orders) as orders, (select count(*) from txq.outbox where queue = 'txq.bench') as jobs;
