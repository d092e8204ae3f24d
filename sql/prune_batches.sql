-- Forget batches that nobody will ask for again.
--   $1 uuid source, $2 text database, $3 bigint keep: batches before this one go
-- Returns nothing. Locks the rows that it deletes, which nobody else writes.
delete from txq.relay_batches where source = $1::uuid and database = $2::text and batch < $3::bigint;
