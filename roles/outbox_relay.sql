-- A relay reads the outbox, truncates what it has moved, and keeps what it cannot move.
grant usage on schema txq to :"role";
grant select on txq.migrations, txq.outbox, txq.outbox_0, txq.outbox_1, txq.outbox_2, txq.outbox_source to :"role";
grant truncate on txq.outbox_0, txq.outbox_1, txq.outbox_2 to :"role";
grant update (txid) on txq.outbox to :"role"; -- once, after a restore: rows get ids of this life of the database
grant update (truncated_txid, truncated_seq) on txq.outbox_source to :"role";
grant insert, select (id) on txq.outbox_rejected to :"role";
grant select, update on sequence txq.outbox_turn, txq.outbox_barrier, txq.outbox_anew to :"role";
grant select, insert, update, delete on txq.full_queues to :"role";
grant select, update on sequence txq.fullness to :"role";
grant execute on function txq.truncate_outbox, txq.readable to :"role";
