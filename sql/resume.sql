-- Let the jobs of a queue, a kind or a tenant be claimed again, in the caller's transaction, which notifies the workers when
-- it commits; see txq.resume.
--   $1 text: queue, kind or tenant, $2 text its name
-- Returns one row: paused_before timestamptz: since when it was paused (null: it was not). Locks its row, which is gone
-- afterwards if nothing else is set.
-- On a connection of the application's: every name is qualified.
select txq.resume(queue => case when $1::pg_catalog.text operator(pg_catalog.=) 'queue' then $2::pg_catalog.text end,
                  kind => case when $1::pg_catalog.text operator(pg_catalog.=) 'kind' then $2::pg_catalog.text end,
                  tenant => case when $1::pg_catalog.text operator(pg_catalog.=) 'tenant' then $2::pg_catalog.text end)
       as paused_before;
