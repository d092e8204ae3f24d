-- Whether nobody else does this now, until the transaction ends. Goes before the statement that does it, which so sees what the
-- last one has done. At the same moment both would choose the same jobs, as these were before the first one's commit; the second
-- one would lock them as they are by then, and leave them: and for a lease no claim takes what somebody has locked (see claim_jobs).
--   $1 text duty: promote_jobs or rescue_orphans
-- Returns one row: mine boolean. Waits for nobody. A session that says nothing for two seconds is ended, so that others can do it.
select pg_try_advisory_xact_lock(hashtextextended('txq.' || $1::text, 0)) as mine,
       set_config('idle_in_transaction_session_timeout', '2000', true);
