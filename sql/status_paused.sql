-- Kinds and tenants that are paused.
--   $1 integer no more than so many of each
-- Returns a row per one: what (kind or tenant), name, paused_at, those that have been paused for longest first. Locks nothing.
(select 'kind' as what, name, paused_at from txq.kinds where paused_at is not null order by paused_at, name limit $1::integer)
union all
(select 'tenant', name, paused_at from txq.tenants where paused_at is not null order by paused_at, name limit $1::integer);
