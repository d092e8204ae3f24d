-- Whether a session is still there whose connection has been lost, and with it what it has locked.
--   $1 integer pid: its process on the server
-- Returns a row if it is. Locks nothing.
select pid from pg_stat_activity where pid = $1::integer;
