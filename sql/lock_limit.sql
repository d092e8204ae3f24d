-- Keep everybody else from changing who holds slots of a limit, until this transaction ends (grant_slots).
--   $1 bigint limit
-- Returns a row if there is that limit and nobody else has locked it, such as a transaction that changes it and stays open. Locks
-- its row, and waits for nobody.
select id from txq.limits where id = $1::bigint for update skip locked;
