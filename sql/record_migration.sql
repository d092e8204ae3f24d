-- Keep the checksum of a migration that has just been applied, in its transaction. The row is the migration's own.
--   $1 text side, $2 integer number, $3 text checksum
-- Returns nothing; updates one row. Locks the row that it updates.
update txq.migrations set checksum = $3::text where side = $1::text and number = $2::integer;
