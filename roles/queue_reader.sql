-- A reader, such as a monitoring system that calls txq status, looks at everything.
grant usage on schema txq to :"role";
grant select on txq.migrations, txq.jobs, txq.failed_attempts, txq.processed_jobs, txq.workers, txq.worker_beats,
  txq.queues, txq.kinds, txq.tenants, txq.queue_progress, txq.relay_batches, txq.schedules, txq.schedule_runs,
  txq.limits, txq.limit_grants, txq.limit_buckets,
  txq.limit_keys, txq.limit_holds, txq.limit_batches, txq.parked_jobs, txq.unique_keys, txq.unique_outcomes,
  txq.stopped_outboxes to :"role";
grant execute on function txq.limit_charge to :"role"; -- which limit a job waits for
