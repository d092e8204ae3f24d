-- The jobs that the current transaction has added by running schedules by hand, which do not go through the outbox. For
-- tests of applications.
--   $1 uuid[] ids of those that have been read before
-- Returns a row per job as own_outbox_jobs does, without seq, in order. Locks nothing.
select job.id, job.operation_id, job.queue, job.kind, job.priority, job.max_attempts, 0::bigint as delay_us,
       job.payload::text as payload, job.headers::text as headers, job.tenant, job.order_key,
       coalesce(job.order_holds, true) as order_holds
from txq.schedule_runs as run join txq.jobs as job on job.id = run.job_id
where run.by_hand and run.started_at >= now() and job.id <> all ($1::uuid[])
  -- what is seen here and is not committed is this transaction's own, or that of a savepoint in it
  and pg_xact_status((pg_current_xact_id()::text::bigint >> 32 << 32 | run.xmin::text::bigint)::text::xid8) = 'in progress'
order by run.started_at;
