-- Set what a queue is like; see txq.set_queue.
--   $1 text queue, $2 boolean fair (null: as it is)
-- Returns one row. Locks the queue's row.
select txq.set_queue($1::text, fair => $2::boolean);
