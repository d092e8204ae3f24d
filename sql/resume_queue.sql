-- Let the jobs of a queue be claimed again, and notify its workers; see txq.resume.
--   $1 text queue
-- Returns a row if the queue was paused: paused_at. Locks the queue's row, which is gone afterwards if nothing else is set.
select paused_at from txq.resume(queue => $1::text) as resumed (paused_at) where paused_at is not null;
