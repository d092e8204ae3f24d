-- What keeps dead rows of this database from being removed for the longest time: a transaction, a prepared transaction
-- or a replication slot. Sees only what this role may see; a member of pg_monitor sees all.
-- Returns one row or none: what text, age_ms bigint (null: not known), transactions bigint: how many have been begun
-- since. Locks nothing.
select what, (extract(epoch from clock_timestamp() - since) * 1000)::bigint as age_ms, transactions
from (
  select 'pid ' || pid || ' (' || coalesce(nullif(application_name, ''), 'unnamed') || ', ' || coalesce(usename, '?') || '): '
           || coalesce(state, 'transaction') as what,
         xact_start as since, age(coalesce(backend_xmin, backend_xid)) as transactions
  from pg_stat_activity
  where coalesce(backend_xmin, backend_xid) is not null and pid <> pg_backend_pid()
    and (backend_type = 'client backend' and datname = current_database() or backend_type = 'walsender')
  union all
  select 'prepared transaction ' || gid, prepared, age(transaction) from pg_prepared_xacts where database = current_database()
  union all
  select 'replication slot ' || slot_name, null, age(xmin) from pg_replication_slots where xmin is not null
) as holder
order by transactions desc, since
limit 1;
