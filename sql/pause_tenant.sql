-- Let no more jobs of a tenant be claimed; see txq.pause.
--   $1 text tenant
-- Returns one row: paused_before timestamptz: since when it was paused (null: it was not).
-- Locks the tenant's row.
select txq.pause(tenant => $1::text) as paused_before;
