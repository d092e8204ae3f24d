-- As autovacuum leaves the table, a while after a bulk load.
vacuum (analyze) txq.jobs;
