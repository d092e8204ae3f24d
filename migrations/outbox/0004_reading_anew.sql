-- An outbox that was read anew because its commits go on from an earlier point: see docs/relay.md, When commits are lost.

-- The number of the first batch of it (0: never), written before that batch. A queue that knows only of batches before it,
-- because it has lost those since, has a position that means nothing in what the outbox holds now.
create sequence txq.outbox_anew as bigint minvalue 0 start 0;

insert into txq.migrations (side, number, name, oldest_program) values ('outbox', 4, 'reading_anew', 1);
