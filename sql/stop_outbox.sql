-- Note that nothing is moved from an outbox until a person says so, or that a person has said so before.
--   $1 uuid source, $2 text database, $3 bigint batch: the last one, $4 bigint kept_batch, $5 bigint timeline, $6 text why:
--   what was found, $7 text relay, $8 boolean resumed: go on at once
-- Returns nothing. Where the same was noted before, or where more has been lost since, the row is that of the first time, or
-- a new one. Locks the outbox's row.
insert into txq.stopped_outboxes as known (source, database, batch, kept_batch, timeline, why, relay, resumed_at)
values ($1::uuid, $2::text, $3::bigint, $4::bigint, $5::bigint, $6::text, $7::text, case when $8::boolean then clock_timestamp() end)
on conflict (source, database) do update
set batch = excluded.batch, kept_batch = excluded.kept_batch, timeline = excluded.timeline, why = excluded.why,
    relay = excluded.relay, stopped_at = excluded.stopped_at, resumed_at = excluded.resumed_at
where (known.batch, known.kept_batch, known.timeline, known.why) <> (excluded.batch, excluded.kept_batch, excluded.timeline, excluded.why)
   or (known.resumed_at is null and excluded.resumed_at is not null);
