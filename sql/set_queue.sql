-- Set what a queue is like; see txq.set_queue.
--   $1 text queue, $2 boolean fair, $3 integer max_depth, $4 text when_full; from $2 on null: as it is
-- Returns one row. Locks the queue's row.
select txq.set_queue($1::text, fair => $2::boolean, max_depth => $3::integer, when_full => $4::text);
