-- What other queues do in an application's transaction, for comparison. Nobody listens.
-- Returns nothing. Makes commits go one at a time.
select pg_notify('txq_bench', '');
