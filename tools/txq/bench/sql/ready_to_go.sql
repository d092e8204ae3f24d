-- Whether the programs that the bench has started are at work.
--   $1 text queue
-- Returns one row: workers bigint: registered for the queue, without the bench itself; relay boolean: whether a relay is active. Locks nothing.
select (select count(*) from txq.workers where $1::text = any (queues) and name <> 'txq-bench') as workers,
       exists (select from pg_locks as held
               where held.locktype = 'advisory' and held.granted and held.objsubid = 1
                 and held.database = (select oid from pg_database where datname = current_database())
                 and (held.classid::bigint << 32 | held.objid::bigint) = hashtextextended('txq-relay', 0)) as relay;
