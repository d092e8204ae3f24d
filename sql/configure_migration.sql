-- For one migration's transaction: give up soon where it would have to wait for a lock, because the application's
-- statements on that table would have to queue up behind it.
--   $1 text lock_timeout in milliseconds
-- Returns one row. Locks nothing.
select set_config('lock_timeout', $1::text, true),
       set_config('client_min_messages', 'warning', true);
