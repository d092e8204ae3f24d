-- How large the tables have become.
-- Returns one row, bytes bigint and dead rows bigint: jobs, jobs_dead, outbox, record. Locks nothing.
select pg_total_relation_size('txq.jobs') as jobs,
       (select n_dead_tup from pg_stat_user_tables where relid = 'txq.jobs'::regclass) as jobs_dead,
       (select sum(pg_total_relation_size(relid)) from pg_partition_tree('txq.outbox'))::bigint as outbox,
       (select sum(pg_total_relation_size(relid)) from pg_partition_tree('txq.processed_jobs'))::bigint as record;
