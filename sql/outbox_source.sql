-- Which outbox this database holds, and which database that is.
-- Returns one row: source uuid, system_identifier text, database oid, writable boolean. Locks nothing.
select source.id as source,
       (select system_identifier::text from pg_control_system()) as system_identifier,
       (select oid from pg_database where datname = current_database()) as database,
       not pg_is_in_recovery() as writable
from txq.outbox_source as source;
