-- A worker claims, runs and ends jobs, and starts the runs of schedules. What its handlers do is not among this; if they
-- enqueue, it needs a producer's rights as well, and with --relay a relay's.
grant usage on schema txq to :"role";
grant select on txq.migrations, txq.queues, txq.kinds, txq.tenants to :"role";
grant select, delete, update (state, seq, run_at, attempt, fence, crashes, worker, claimed_at, cancelling, finished_at)
  on txq.jobs to :"role";
grant select, insert, delete on txq.failed_attempts, txq.worker_beats, txq.queue_progress to :"role";
grant update (noted_at) on txq.queue_progress to :"role"; -- of no use but to lock rows, which delete does not allow
grant select, insert, update, delete on txq.workers to :"role";
grant select, insert on txq.processed_jobs to :"role";
grant usage on sequence txq.job_seq to :"role";
grant select, delete on txq.unique_keys, txq.unique_outcomes to :"role";
grant execute on function txq.keep_processed_jobs, txq.take_places to :"role";
grant select, update (problem) on txq.schedules to :"role";
grant select, delete, update (started_at) on txq.schedule_runs to :"role"; -- again to lock
grant execute on function txq.start_runs, txq.put_schedule_set to :"role";
grant select, update (id) on txq.limits to :"role"; -- again: a limit's id cannot be changed
grant select, insert, update on txq.limit_grants to :"role";
grant select, delete on txq.limit_batches to :"role";
grant select on txq.parked_jobs to :"role";
grant select, update (starts, filled_at) on txq.limit_buckets to :"role";
grant execute on function txq.admit_jobs, txq.admit_batch, txq.keep_places, txq.count_running_jobs, txq.release_parked, txq.sweep_parked,
  txq.keep_limit_keys to :"role";
