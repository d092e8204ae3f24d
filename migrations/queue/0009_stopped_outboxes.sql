-- Outboxes from which relays move nothing more until a person says so, because their database went back in time: see
-- docs/relay.md.

-- A row per outbox; it counts as long as `batch` is the last one of the outbox in txq.relay_batches. Reading the outbox anew
-- begins with the next batch, so whatever dies before that leaves the row as it is, and what was said in it.
create table txq.stopped_outboxes (
  source     uuid        not null,
  database   text        not null, -- as in txq.relay_batches
  batch      bigint      not null check (batch > 0),       -- the last one that the queue has
  kept_batch bigint      not null check (kept_batch >= 0), -- the last one that the outbox's database knows of
  timeline   bigint      not null, -- of the outbox's server
  -- lost_commits: the database lacks commits whose jobs were moved. outdated: the queue has jobs of a successor of the server.
  -- queue_lost_jobs: the queue lacks batches that it had, and the outbox has not all of their jobs any more
  why        text        not null check (why in ('lost_commits', 'outdated', 'queue_lost_jobs')),
  relay      text        not null, -- host:pid
  stopped_at timestamptz not null default clock_timestamp(),
  resumed_at timestamptz,          -- when a person has said that relays are to go on; null: not yet
  primary key (source, database)
);

insert into txq.migrations (side, number, name, oldest_program) values ('queue', 9, 'stopped_outboxes', 1);
