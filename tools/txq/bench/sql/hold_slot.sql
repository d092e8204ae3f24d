-- A slot for logical replication that nobody reads.
select pg_create_logical_replication_slot('txq_bench', 'pgoutput');
