-- The queue side: the jobs, who runs them, and the record of what has been run.

create schema if not exists txq;

create table if not exists txq.migrations (
  side           text        not null check (side in ('outbox', 'queue')),
  number         integer     not null check (number > 0),
  name           text        not null,
  checksum       text,                 -- of the file's text; null when another tool than `txq migrate` applied it
  oldest_program integer     not null, -- programs built for a schema older than this do not work on this one
  applied_at     timestamptz not null default clock_timestamp(),
  primary key (side, number)
);

-- waiting    waits for the jobs before it that have the same order_key
-- scheduled  waits for run_at (delayed, snoozed, or failed and to be retried)
-- ready      may be claimed, in the order of seq within its queue and priority
-- running    is claimed by a worker
-- dead       has failed for good: the dead letters
-- held       has failed, and waits for a person to release or to discard it
-- discarded  was ended without success by its handler or an operator
-- cancelled  was ended by an operator
-- A completed job is no longer here but in txq.processed_jobs.
create type txq.job_state as enum ('waiting', 'scheduled', 'ready', 'running', 'dead', 'held', 'discarded', 'cancelled');
revoke all on type txq.job_state from public;

create sequence txq.job_seq as bigint;

create table txq.jobs (
  id           uuid          primary key,
  operation_id uuid          not null,
  queue        text          not null,
  kind         text          not null,
  priority     smallint      not null,
  state        txq.job_state not null,
  seq          bigint,                           -- its place in the queue, since it last became ready
  run_at       timestamptz   not null,           -- not before this
  attempt      integer       not null default 0, -- attempts begun; a snooze or a release takes its attempt back
  max_attempts integer       not null,
  fence        bigint        not null default 0, -- rises with each claim and never falls: whose attempt it is
  crashes      smallint      not null default 0, -- claims whose worker died
  redrives     smallint      not null default 0, -- how often it has been given all of its attempts again
  worker       bigint,                           -- who runs it
  claimed_at   timestamptz,
  cancelling   boolean       not null default false, -- its worker has been asked to stop it
  finished_at  timestamptz,                      -- since when it is dead, held, discarded or cancelled
  enqueued_at  timestamptz   not null,
  payload      jsonb         not null,
  headers      jsonb,
  tenant       text,                             -- whose job it is; null: nobody's in particular
  order_key    text,                             -- within the queue, jobs with the same one are run one after the other
  order_place  bigint,                           -- its place among them
  order_holds  boolean,                          -- dead or held, it keeps those behind it waiting
  came_from    text,                             -- the queue that it was enqueued for; null: the one it is in
  constraint seq_iff_queued        check ((state in ('ready', 'running')) = (seq is not null)),
  constraint worker_iff_running    check ((state = 'running') = (worker is not null) and (worker is null) = (claimed_at is null)),
  constraint finished_iff_ended    check ((state in ('dead', 'held', 'discarded', 'cancelled')) = (finished_at is not null)),
  constraint cancelling_if_running check (not cancelling or state = 'running'),
  constraint attempt_counts        check (attempt >= 0 and fence >= 0 and crashes >= 0 and redrives >= 0),
  constraint queue_length          check (octet_length(queue) between 1 and 128),
  constraint kind_length           check (octet_length(kind) between 1 and 128),
  constraint priority_in_range     check (priority between 0 and 3),
  constraint max_attempts_in_range check (max_attempts between 1 and 1000),
  constraint tenant_length         check (octet_length(tenant) between 1 and 128),
  constraint order_key_length      check (octet_length(order_key) between 1 and 128),
  constraint order_is_whole        check ((order_key is null) = (order_place is null) and (order_key is null) = (order_holds is null)),
  constraint waiting_in_an_order   check (state <> 'waiting' or order_key is not null),
  constraint run_at_is_finite      check (isfinite(run_at)),
  constraint came_from_elsewhere   check (came_from <> queue and octet_length(came_from) between 1 and 128)
);

-- A large payload is written in half of the time with lz4, where the server has it: from PostgreSQL 14, if it was built so.
do $$
begin
  execute 'alter table txq.jobs alter payload set compression lz4';
exception when feature_not_supported or syntax_error then null;
end
$$;

-- Jobs that were claimed when two workers died are suspects, which are claimed one at a time: see claim_jobs.
create index jobs_ready     on txq.jobs (queue, (crashes > 1), priority, seq) where state = 'ready';
create index jobs_scheduled on txq.jobs (run_at)                where state = 'scheduled';
create index jobs_running   on txq.jobs (worker)                where state = 'running';
create index jobs_waiting   on txq.jobs (queue, order_key, order_place) where state = 'waiting';
-- The first of an order that has not ended: there is one at most.
create unique index jobs_first_in_order on txq.jobs (queue, order_key)
  where order_key is not null and (state in ('scheduled', 'ready', 'running') or (order_holds and state in ('dead', 'held')));
create index jobs_finished  on txq.jobs (state, finished_at, id) where finished_at is not null;

-- Rows live for a moment each: vacuum often, and by number rather than by share of a table whose size means nothing.
alter table txq.jobs set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
                          autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 50000);

-- Why an attempt did not complete. What the fields mean is in docs/errors.md.
create table txq.failed_attempts (
  job_id      uuid        not null,
  fence       bigint      not null,
  attempt     integer     not null,
  worker      text        not null, -- its name, which outlives the row in txq.workers
  started_at  timestamptz not null,
  failed_at   timestamptz not null default clock_timestamp(),
  error_type  text        not null, -- an exception's class, exit:75, signal:9, sqlstate:23505, or a word of txq's
  message     text        not null,
  severity    text        not null default 'error', -- for people: it decides nothing
  recoverable boolean     not null default true,    -- whether another attempt might do better
  source      text        not null default 'handler', -- where it came from
  details     jsonb,
  primary key (job_id, fence),
  constraint error_type_length  check (octet_length(error_type) between 1 and 512),
  constraint severity_is_known  check (severity in ('info', 'warning', 'error', 'critical')),
  constraint source_length      check (octet_length(source) between 1 and 256),
  constraint details_are_object check (jsonb_typeof(details) = 'object')
);

-- The operations that have been run, which is what makes a second run harmless. In the database where the effects are.
-- By range of operation_id, because generated ids are in time order: days can be dropped as whole tables, and the
-- unique index still holds for all of them. Ids beyond every date, which are those of names and nearly all random ones,
-- have a table of their own, so that hardly any are left for the default partition, which is read from one end to the
-- other whenever a day gets its table.
create table txq.processed_jobs (
  operation_id uuid        not null unique,
  job_id       uuid        not null,
  queue        text        not null,
  kind         text        not null,
  attempt      integer     not null,
  processed_at timestamptz not null default clock_timestamp()
) partition by range (operation_id);
create table txq.processed_jobs_named partition of txq.processed_jobs
  for values from ('08000000-0000-0000-0000-000000000000') to (maxvalue); -- in time order: the year 2248
create table txq.processed_jobs_rest partition of txq.processed_jobs default;
create index processed_jobs_named_processed_at on txq.processed_jobs_named (processed_at);
create index processed_jobs_rest_processed_at on txq.processed_jobs_rest (processed_at);
-- Whoever looks for a completed job knows its id, not its operation's; in a day's table they are hardly ever two.
create index processed_jobs_named_job_id on txq.processed_jobs_named (job_id);

-- The smallest id in time order (version 7) of a point in time.
create function txq.first_uuid_of(at timestamptz) returns uuid
  language sql immutable strict parallel safe
  set search_path = pg_catalog, pg_temp
as $$
  select (lpad(to_hex(floor(extract(epoch from at) * 1000)::bigint), 12, '0') || '00000000000000000000')::uuid
$$;

-- Makes the table of a day's records. False if it cannot have its lock now, or if records of that day are in the
-- default partition already, where they stay.
create function txq.add_processed_jobs_day(day date) returns boolean
  language plpgsql volatile
  set search_path = pg_catalog, pg_temp
  set timezone = 'UTC'
as $$
begin
  execute format('create table txq.processed_jobs_%1$s (like txq.processed_jobs including defaults)',
                 to_char(day, 'YYYYMMDD'));
  execute format('create index processed_jobs_%1$s_processed_at on txq.processed_jobs_%1$s using brin (processed_at)',
                 to_char(day, 'YYYYMMDD'));
  execute format('alter table txq.processed_jobs attach partition txq.processed_jobs_%s for values from (%L) to (%L)',
                 to_char(day, 'YYYYMMDD'), txq.first_uuid_of(day::timestamptz),
                 txq.first_uuid_of((day + 1)::timestamptz));
  return true;
exception when lock_not_available or check_violation then
  return false;
end
$$;

-- Forgets a day's records, unless one of them has been written since `keep_since`: a job may be run days after it was
-- enqueued. Drops the day's table, or, where that is not `whole`, empties it: to drop it takes a lock on all of
-- txq.processed_jobs, which every handler's transaction under way holds. Returns `gone`, `kept` (because of a record), or
-- `in use`: a lock cannot be had now.
create function txq.forget_processed_jobs_day(day date, keep_since timestamptz, whole boolean) returns text
  language plpgsql volatile
  set search_path = pg_catalog, pg_temp
as $$
declare
  day_table  text := 'txq.processed_jobs_' || to_char(day, 'YYYYMMDD');
  still_kept text := format('select exists (select from %s where processed_at >= $1)', day_table);
  is_kept    boolean;
begin
  execute still_kept into is_kept using keep_since;
  if is_kept then
    return 'kept';
  elsif whole then
    lock table only txq.processed_jobs in access exclusive mode; -- before the day's: the order of those who write
  end if;
  execute format('lock table %s in access exclusive mode', day_table);
  execute still_kept into is_kept using keep_since; -- again: a record may have come meanwhile
  if is_kept then
    raise lock_not_available; -- which gives the locks back at once
  end if;
  execute format(case when whole then 'drop table %s' else 'truncate table %s' end, day_table);
  return 'gone';
exception when lock_not_available then
  return 'in use';
end
$$;

-- Keeps txq.processed_jobs in days: makes the tables of today and the next days, so that new records go there, drops
-- those whose records are all older than `retention`, and deletes what is as old from the two tables without a date,
-- 10,000 records each at most. Waits for a lock for a fifth of a second at most: what is in use is left for the next
-- call, and days that cannot be dropped are emptied. One call at a time; the others return at once. Returns how many
-- days it dropped, and whether there are more records to delete. Runs with the rights of the tables' owner, so that a
-- worker's role needs none to make tables.
create function txq.keep_processed_jobs(retention interval, days_ahead integer, out dropped integer, out more boolean)
  language plpgsql volatile security definer
  set search_path = pg_catalog, pg_temp
  set lock_timeout = '200ms'
  set timezone = 'UTC'
  set enable_seqscan = off
  set enable_bitmapscan = on
as $$
declare
  keep_since timestamptz := clock_timestamp() - retention;
  may_drop   boolean := true;
  outcome    text;
  undated    text;
  deleted    integer;
  day        date;
begin
  if not coalesce(retention >= interval '1 hour' and days_ahead between 0 and 100, false) then
    raise exception
      'txq.keep_processed_jobs: retention is %, days_ahead is %; they must be at least 1 hour, and 0 to 100',
      coalesce(retention::text, 'null'), coalesce(days_ahead::text, 'null') using errcode = 'invalid_parameter_value';
  end if;
  dropped := 0;
  more := false;
  if not pg_try_advisory_xact_lock(hashtextextended('txq.keep_processed_jobs', 0)) then
    return;
  end if;
  -- first what takes time and nobody waits for, then what others wait for
  foreach undated in array array['named', 'rest'] loop
    execute format('delete from txq.processed_jobs_%1$s where ctid = any (array('
                   'select ctid from txq.processed_jobs_%1$s where processed_at < $1 order by processed_at limit 10000))',
                   undated) using keep_since;
    get diagnostics deleted = row_count;
    more := more or deleted = 10000;
  end loop;
  for day in select clock_timestamp()::date + n from generate_series(0, days_ahead) as n loop
    if to_regclass('txq.processed_jobs_' || to_char(day, 'YYYYMMDD')) is null then
      perform txq.add_processed_jobs_day(day);
    end if;
  end loop;
  for day in
    select to_date(substring(child.relname from '\d{8}$'), 'YYYYMMDD')
    from pg_inherits as link join pg_class as child on child.oid = link.inhrelid
    where link.inhparent = 'txq.processed_jobs'::regclass and child.relname ~ '^processed_jobs_\d{8}$'
    order by 1
  loop
    exit when (day + 1)::timestamptz > keep_since;
    outcome := txq.forget_processed_jobs_day(day, keep_since, may_drop);
    dropped := dropped + (may_drop and outcome = 'gone')::integer;
    if may_drop and outcome = 'in use' then
      may_drop := false; -- once is enough: meanwhile everybody waits behind the lock that cannot be had
      perform txq.forget_processed_jobs_day(day, keep_since, false);
    end if;
  end loop;
end
$$;

revoke all on function
  txq.first_uuid_of(timestamptz), txq.add_processed_jobs_day(date),
  txq.forget_processed_jobs_day(date, timestamptz, boolean), txq.keep_processed_jobs(interval, integer)
from public;

-- A process that claims jobs. Gone when it has left or was found dead.
create table txq.workers (
  id         bigint      generated always as identity primary key,
  name       text        not null, -- host:pid
  lease      interval    not null, -- silent for longer: its jobs are given to others
  queues     text[]      not null,
  kinds      text[]      not null,
  started_at timestamptz not null default clock_timestamp(),
  left_at    timestamptz -- has left although handlers still ran: silence is no crash then
);

-- Signs of life, appended and never updated: what matters is the last one of each worker, at the right edge.
create table txq.worker_beats (
  worker  bigint      not null,
  beat    bigint      not null,
  beat_at timestamptz not null default clock_timestamp(),
  primary key (worker, beat)
);

-- Only what an operator has set; a queue without a row here is an ordinary one.
create table txq.queues (
  name      text        primary key check (octet_length(name) between 1 and 128),
  paused_at timestamptz
);

-- How far each outbox has been moved: a row per batch, written with the batch's jobs. Copies of an outbox have the same
-- source and are told apart by their database. A second relay that moves the same rows finds the batch written or
-- violates the primary key, and its jobs are gone with it. The last row of a source and database is the one that counts:
-- every row before (position_txid, position_seq) is moved, but those of the transactions in late_txids, which were in
-- progress then and of which the rows up to late_seqs are moved.
create table txq.relay_batches (
  source        uuid        not null,
  database      text        not null, -- system identifier and oid
  batch         bigint      not null check (batch > 0),
  timeline      bigint      not null, -- of the server whose transaction ids these are
  position_txid xid8        not null,
  position_seq  bigint      not null,
  late_txids    xid8[]      not null,
  late_seqs     bigint[]    not null,
  jobs          integer     not null,
  relay         text        not null, -- host:pid
  again         boolean     not null default false, -- what comes next may have been moved before: the outbox is being read anew
  moved_at      timestamptz not null default clock_timestamp(),
  primary key (source, database, batch),
  constraint late_arrays_match check (cardinality(late_txids) = cardinality(late_seqs))
);

insert into txq.migrations (side, number, name, oldest_program) values ('queue', 1, 'queue', 1);
