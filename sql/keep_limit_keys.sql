-- Forget keys of limits of which nothing runs or waits: see txq.keep_limit_keys.
--   $1 integer how many
-- Returns one row: deleted integer. Locks the rows that it deletes.
select txq.keep_limit_keys($1::integer) as deleted;
