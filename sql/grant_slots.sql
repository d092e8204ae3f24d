-- Say how many slots of a limit a worker holds from now on, in the transaction that has locked the limit before
-- (lock_limit): this statement has to see what others have written before they let go of the lock.
--   $1 bigint limit, $2 bigint worker, $3 integer wanted: how many it could use, $4 integer slots that it asks for,
--   $5 integer how many it does not give back now, whatever the limit says: jobs that it runs
-- Returns a row if the limit is one of running jobs: slots: what it holds: no more than the others have left. Fails with a violation of the foreign key
-- for a worker that is not registered; waits for one who is about to find it dead. Locks the row that it writes.
insert into txq.limit_grants as held (limit_id, worker, wanted, slots)
select one.id, $2::bigint, $3::integer,
       greatest($5::integer, least($4::integer, one.max_running - coalesce(
         (select sum(other.slots) from txq.limit_grants as other
          where other.limit_id = one.id and other.worker <> $2::bigint), 0)), 0)
from txq.limits as one where one.id = $1::bigint and one.max_running is not null
on conflict (limit_id, worker) do update set wanted = excluded.wanted, slots = excluded.slots
returning held.slots;
