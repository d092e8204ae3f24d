-- Set what a queue is like, in the caller's transaction; see txq.set_queue.
--   $1 text queue, $2 boolean fair, $3 integer max_depth, $4 text when_full; from $2 on null: as it is
-- Returns one row. Locks the queue's row.
-- On a connection of the application's: every name is qualified.
select txq.set_queue($1::pg_catalog.text, fair => $2::pg_catalog.bool, max_depth => $3::pg_catalog.int4,
                     when_full => $4::pg_catalog.text);
