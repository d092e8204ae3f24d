-- An operator sees what waits in the outbox and what could not be moved.
grant usage on schema txq to :"role";
grant select on txq.migrations, txq.outbox, txq.outbox_source, txq.outbox_rejected, txq.producer_rules, txq.full_queues to :"role";
grant select on sequence txq.outbox_turn, txq.outbox_barrier, txq.outbox_anew to :"role";
