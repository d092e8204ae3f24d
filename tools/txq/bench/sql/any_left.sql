-- Whether jobs of the bench are still to be completed, of those that have been relayed.
--   $1 text queue
-- Returns one row: left boolean. Locks nothing.
select exists (select from txq.jobs where state = 'ready' and queue = $1::text and crashes <= 1 and priority between 0 and 3)
    or exists (select from txq.workers as worker join txq.jobs as job on job.worker = worker.id and job.state = 'running'
               where $1::text = any (worker.queues)) as "left";
