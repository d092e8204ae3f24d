-- Let the jobs of a kind be claimed again; see txq.resume.
--   $1 text kind
-- Returns one row: paused_before timestamptz: since when it was paused (null: it was not). Locks the kind's row.
select txq.resume(kind => $1::text) as paused_before;
