-- What became of an enqueue that another job stands for; see txq.unique_outcome.
--   $1 uuid id
-- Returns a row or none: job_id, outcome, settled_at. Locks nothing.
-- On a connection of the application's: every name is qualified.
select job_id, outcome, settled_at from txq.unique_outcome($1::pg_catalog.uuid);
