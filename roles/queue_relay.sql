-- A relay adds jobs, and notes how far it has moved each outbox.
grant usage on schema txq to :"role";
grant select on txq.migrations, txq.queues to :"role";
grant insert, select (id, queue, state) on txq.jobs to :"role";
grant select (ctid, order_key, order_place, order_holds, run_at, priority, tenant), update (state, seq) on txq.jobs
  to :"role"; -- to let the first job of an order run
grant select (fence) on txq.jobs to :"role"; -- with these, to say how deep queues are
grant select (queue, job_id, fence, run_at) on txq.parked_jobs to :"role";
grant select (operation_id) on txq.processed_jobs to :"role";
grant select, insert, delete on txq.relay_batches to :"role";
grant select, insert, update on txq.stopped_outboxes to :"role";
grant usage on sequence txq.job_seq to :"role";
grant execute on function txq.take_places, txq.settle_unique to :"role";
