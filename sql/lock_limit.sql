-- Keep everybody else from changing who holds slots of a limit, until this transaction ends (grant_slots).
--   $1 bigint limit
-- Returns a row if there is that limit. Locks its row.
select id from txq.limits where id = $1::bigint for update;
