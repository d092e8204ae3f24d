-- What pg_dump holds while it runs: a snapshot, and a lock on every table that no other statement minds but those that
-- want the table for themselves.
begin isolation level repeatable read;
do $$
declare one regclass;
begin
  for one in select oid from pg_class where relnamespace = 'txq'::regnamespace and relkind in ('r', 'p') loop
    execute format('lock table %s in access share mode', one);
  end loop;
end $$;
select count(*) from txq_bench.orders;
