-- An operator looks at everything, changes jobs but not what is in them, lets relays go on, and keeps queues, schedules and limits, those
-- schedules that run SQL included.
grant usage on schema txq to :"role";
grant select on txq.migrations, txq.jobs, txq.failed_attempts, txq.processed_jobs, txq.workers, txq.worker_beats,
  txq.queues, txq.kinds, txq.tenants, txq.queue_progress, txq.relay_batches, txq.schedules, txq.schedule_runs,
  txq.limits, txq.limit_grants, txq.limit_buckets,
  txq.limit_keys, txq.limit_holds, txq.limit_batches, txq.parked_jobs, txq.unique_keys, txq.unique_outcomes,
  txq.stopped_outboxes to :"role";
grant delete, update (state, queue, seq, run_at, attempt, crashes, redrives, cancelling, finished_at, came_from)
  on txq.jobs to :"role";
grant delete on txq.failed_attempts to :"role";
grant insert, update, delete on txq.queues to :"role";
grant update (resumed_at) on txq.stopped_outboxes to :"role"; -- to let relays go on
grant usage on sequence txq.job_seq to :"role";
grant execute on function txq.add_schedule, txq.add_sql_schedule, txq.remove_schedule, txq.pause_schedule,
  txq.resume_schedule, txq.run_schedule, txq.set_limit, txq.remove_limit, txq.take_places, txq.set_queue,
  txq.set_tenant, txq.pause, txq.resume, txq.redrive_jobs, txq.release_jobs, txq.discard_jobs,
  txq.purge_jobs, txq.limit_charge to :"role";
