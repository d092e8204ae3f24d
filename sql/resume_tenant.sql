-- Let the jobs of a tenant be claimed again; see txq.resume.
--   $1 text tenant
-- Returns one row: paused_before timestamptz: since when it was paused (null: it was not). Locks the tenant's row.
select txq.resume(tenant => $1::text) as paused_before;
