-- Set how many jobs a tenant has at each of its turns, in the caller's transaction; see txq.set_tenant.
--   $1 text tenant, $2 integer weight
-- Returns one row. Locks the tenant's row.
-- On a connection of the application's: every name is qualified.
select txq.set_tenant($1::pg_catalog.text, $2::pg_catalog.int4);
