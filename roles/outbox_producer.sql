-- A producer enqueues, in C++, in SQL and by txq enqueue, and can neither read nor remove a job. When a row is moved is not
-- for it to say: hence the columns.
grant usage on schema txq to :"role";
grant insert (id, operation_id, queue, kind, priority, max_attempts, run_at, payload, headers, rules) on txq.outbox to :"role";
grant select on sequence txq.outbox_turn, txq.fullness to :"role";
grant execute on function txq.enqueue, txq.uuid_v7, txq.operation_id, txq.headers_problem, txq.unique_problem,
  txq.check_producer, txq.has_room to :"role";
grant select on txq.migrations to :"role"; -- for txq enqueue, which looks whether the schema is fit
