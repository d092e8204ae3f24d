-- The tenants that are paused or have a weight of their own.
--   $1 integer limit
-- Returns a row per tenant: name, weight, paused_at. Locks nothing.
select name, coalesce(weight, 1) as weight, paused_at from txq.tenants order by name limit $1::integer;
