-- The migrations that this database has. Only where has_migrations says so.
-- Returns a row per migration: side, number, name, checksum (null: not known), oldest_program, applied_at, in order.
-- Locks nothing.
select side, number, name, checksum, oldest_program, applied_at from txq.migrations order by side, number;
