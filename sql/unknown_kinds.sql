-- Ready jobs at the head of a queue that no registered worker knows how to run. Suspects (see claim_jobs) are left out.
--   $1 text queue, $2 integer how many rows to look at
-- Returns a row per kind: kind, jobs bigint (at least). Locks nothing.
select kind, count(*) as jobs
from (select kind from txq.jobs where state = 'ready' and queue = $1::text and (crashes > 0) = false
      order by priority, seq limit $2::integer) as head
where not exists (select from txq.workers as worker where $1::text = any (worker.queues) and head.kind = any (worker.kinds))
group by kind
order by kind;
