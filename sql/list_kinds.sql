-- The kinds that are paused.
-- Returns a row per kind: name, paused_at. Locks nothing.
select name, paused_at from txq.kinds where paused_at is not null order by name;
