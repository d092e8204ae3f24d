-- Let no more jobs of a kind be claimed; see txq.pause.
--   $1 text kind
-- Returns one row: paused_before timestamptz: since when it was paused (null: it was not), workers bigint (registered ones that know it).
-- Locks the kind's row.
select txq.pause(kind => $1::text) as paused_before,
       (select count(*) from txq.workers where $1::text = any (kinds)) as workers;
