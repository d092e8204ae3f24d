-- Set how many jobs a tenant has at each of its turns; see txq.set_tenant.
--   $1 text tenant, $2 integer weight
-- Returns one row. Locks the tenant's row.
select txq.set_tenant($1::text, $2::integer);
