-- Whether a migration has been applied. Only where has_migrations says so.
--   $1 text side, $2 integer number
-- Returns a row if it has: applied_at. Locks nothing.
select applied_at from txq.migrations where side = $1::text and number = $2::integer;
