-- Recurring work: what is to be run when, and what has been started of it. Workers start it: see docs/schedules.md.

-- A schedule's row changes when somebody changes the schedule, and at no time of its own: how far it has come is said by
-- the last row that it has in txq.schedule_runs.
create table txq.schedules (
  name         text        primary key,
  times        text        not null, -- as somebody wrote them, such as `every day at 04:02`
  zone         text        not null, -- that of times which name none
  kind         text        not null,
  payload      jsonb       not null,
  command      text,                 -- a statement of SQL instead, which jobs of the kind txq.sql run
  queue        text        not null,
  priority     integer     not null,
  max_attempts integer     not null,
  tenant       text,                 -- whose its jobs are; null: nobody's
  headers      jsonb,                -- an object whose values are strings
  missed       text        not null, -- what becomes of times at which no worker was there to start a run
  missed_limit integer     not null, -- `all` starts so many of them, the latest ones
  overlap      boolean     not null, -- whether a run may be started while the job of an earlier one is not over
  jitter       interval    not null, -- a job is put off by some part of this
  file_set     text,                 -- the set of the worker's file that it comes from; null: it was made in the database
  paused_at    timestamptz,
  since        timestamptz not null, -- no time up to here is its own: it was made, got other times, or was resumed then
  changed_in   xid8        not null, -- the transaction that last changed it: workers read what is new by this
  problem      text,                 -- why its times cannot be understood, as the first worker that read them said
  constraint name_length           check (octet_length(name) between 1 and 128),
  constraint times_length          check (octet_length(times) between 1 and 256),
  constraint zone_length           check (octet_length(zone) between 1 and 64),
  constraint kind_length           check (octet_length(kind) between 1 and 128),
  constraint sql_has_a_command     check ((kind = 'txq.sql') = (command is not null) and command <> ''),
  constraint queue_length          check (octet_length(queue) between 1 and 128),
  constraint priority_in_range     check (priority between 0 and 3),
  constraint max_attempts_in_range check (max_attempts between 1 and 1000),
  constraint tenant_length         check (octet_length(tenant) between 1 and 128),
  constraint headers_is_object     check (jsonb_typeof(headers) = 'object'),
  constraint missed_is_known       check (missed in ('skip', 'once', 'all')),
  constraint missed_limit_in_range check (missed_limit between 1 and 1000),
  constraint all_may_overlap       check (overlap or missed <> 'all'),
  constraint jitter_in_range       check (jitter between interval '0' and interval '1 day'),
  constraint file_set_length       check (octet_length(file_set) between 1 and 128),
  constraint since_is_finite       check (isfinite(since))
);
create index schedules_changed_in on txq.schedules (changed_in);

-- What was started, or not because an earlier run was not over: a row per schedule and time, added in the transaction
-- that adds the job. The primary key is what makes it one run per time, whoever starts it. Never updated. A schedule's
-- last row is kept for as long as there is the schedule.
create table txq.schedule_runs (
  schedule   text        not null,
  planned_at timestamptz not null, -- the schedule's time, or when somebody asked for a run
  by_hand    boolean     not null, -- somebody asked for it: the schedule's own times go on from the last other row
  job_id     uuid,                 -- null: an earlier run was not over
  started_at timestamptz not null default clock_timestamp(),
  primary key (schedule, planned_at),
  constraint planned_at_is_finite check (isfinite(planned_at)),
  constraint by_hand_has_a_job    check (job_id is not null or not by_hand)
);
create index schedule_runs_planned_at on txq.schedule_runs (planned_at);
create index schedule_runs_job        on txq.schedule_runs (schedule, planned_at) where job_id is not null;

-- Rows come and go: by number rather than by share of a table whose size means nothing.
alter table txq.schedule_runs set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);

-- The id of a run's job, which is also that of its operation: it follows from the schedule and the time, so that the
-- same run cannot be two operations. In time order (version 7): the time in milliseconds, and a hash.
create function txq.scheduled_job_id(schedule text, planned_at timestamptz) returns uuid
  language sql immutable strict parallel safe
  set search_path = pg_catalog, pg_temp
as $$
  select encode(
    set_byte(set_byte(
      overlay(substring(sha256(convert_to(extract(epoch from planned_at)::numeric(20, 6) || ':' || schedule, 'UTF8')) for 16)
              placing substring(int8send(floor(extract(epoch from planned_at) * 1000)::bigint) from 3)
              from 1 for 6),
      6, 112), 8, 128),
    'hex')::uuid
$$;

-- The job of an earlier run that is not over, if there is one. The last 20 are looked at: where runs must not overlap
-- there is one at most, but for those of times when they might, and those that somebody asked for.
create function txq.unfinished_job_of(schedule text) returns uuid
  language sql stable strict parallel safe
  set search_path = pg_catalog, pg_temp
as $$
  select job.id
  from (select run.job_id from txq.schedule_runs as run
        where run.schedule = $1 and run.job_id is not null
        order by run.planned_at desc limit 20) as latest
  join txq.jobs as job on job.id = any (array[latest.job_id])
  where job.state in ('scheduled', 'ready', 'running')
  limit 1
$$;

-- Notes a run and adds its job, of which the workers are notified if it is one of the schedule's own times. Whoever calls
-- this has locked the schedule's row. Returns `started`; `known`: it has been noted before; or `overlap`: the job of an
-- earlier run is not over, and runs of this schedule must not overlap.
create function txq.start_run(schedule txq.schedules, planned_at timestamptz, by_hand boolean) returns text
  language plpgsql volatile
  set search_path = pg_catalog, pg_temp
as $$
declare
  job      uuid := txq.scheduled_job_id(schedule.name, planned_at);
  blocked  boolean := not schedule.overlap and txq.unfinished_job_of(schedule.name) is not null;
  run_at   timestamptz := planned_at;
  is_later boolean;
  run      jsonb := jsonb_build_object(
    'schedule', schedule.name,
    'planned_at', rtrim(rtrim(to_char(planned_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), '0'), '.') || 'Z');
begin
  if by_hand and blocked then
    return 'overlap';
  end if;
  insert into txq.schedule_runs values (schedule.name, planned_at, by_hand, case when not blocked then job end)
  on conflict do nothing;
  if not found then
    return 'known';
  elsif blocked then
    return 'overlap';
  end if;
  if not by_hand then -- a part of the jitter that follows from the id, in 65,536 steps
    run_at := planned_at + schedule.jitter * (get_byte(uuid_send(job), 14) * 256 + get_byte(uuid_send(job), 15)) / 65536;
  end if;
  is_later := run_at > clock_timestamp();
  insert into txq.jobs (id, operation_id, queue, kind, priority, max_attempts, tenant, state, seq, run_at, enqueued_at, payload, headers)
  values (job, job, schedule.queue, schedule.kind, schedule.priority, schedule.max_attempts, schedule.tenant,
          case when is_later then 'scheduled' else 'ready' end::txq.job_state,
          case when not is_later then (txq.take_places(array[schedule.queue], array[schedule.priority::smallint],
                                                       array[coalesce(schedule.tenant, '')]))[1] end, run_at, clock_timestamp(),
          case when schedule.command is null then schedule.payload else run end, coalesce(schedule.headers, '{}') || run)
  on conflict (id) do nothing;
  if not by_hand and not is_later and pg_notification_queue_usage() < 0.95 then
    perform pg_notify('txq_jobs', schedule.queue);
  end if;
  return 'started';
end
$$;

-- Starts the runs of schedules at times that have come: one for each of `names`, `versions` (what changed_in is known to
-- be) and `times`. It goes by what the schedules are now: nothing is started of one that was changed, paused or removed
-- since the caller looked. One call at a time, so that a run is seen by those that must not overlap it; others return
-- nothing at once. What is locked is not waited for.
-- Returns a row for each that was asked for. outcome is that of txq.start_run, or `locked`: somebody is changing the
-- schedule just now, or `gone`: it is not what it was. Runs with the rights of the owner, so that who may start schedules
-- need not be allowed to add any job they like.
create function txq.start_runs(names text[], versions xid8[], times timestamptz[])
  returns table (schedule text, planned_at timestamptz, outcome text)
  language plpgsql volatile security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  asked  record;
  locked txq.schedules;
begin
  if not pg_try_advisory_xact_lock(hashtextextended('txq.start_runs', 0)) then
    return;
  end if;
  for asked in
    select * from unnest($1, $2, $3) as one (name, version, planned_at) order by one.planned_at, one.name
  loop
    select * into locked from txq.schedules as known
    where known.name = asked.name and known.changed_in = asked.version and known.paused_at is null
    for no key update skip locked;
    schedule := asked.name;
    planned_at := asked.planned_at;
    outcome := case
      when found then txq.start_run(locked, asked.planned_at, false)
      when exists (select from txq.schedules as known where known.name = asked.name and known.changed_in = asked.version
                     and known.paused_at is null) then 'locked'
      else 'gone'
    end;
    return next;
  end loop;
end
$$;

-- What is wrong with a schedule; null if nothing is. Whether its times can be understood is not known here.
create function txq.schedule_problem(wanted txq.schedules) returns text
  language plpgsql stable
  set search_path = pg_catalog, pg_temp
as $$
begin
  -- By its name as it is written, as schedulers will look for it: AT TIME ZONE takes abbreviations and any case. Names that
  -- schedules have are not looked for again, which takes tens of milliseconds. What `localtime` is differs from host to host.
  if wanted.zone ~ '^[A-Za-z][A-Za-z0-9_+/-]{0,63}$' and wanted.zone <> 'UTC'
     and not exists (select from txq.schedules as other where other.zone = wanted.zone)
     and (wanted.zone ~ '^(localtime$|posixrules$|Factory$|posix/|right/)'
          or not exists (select from pg_timezone_names as known where known.name = wanted.zone)) then
    return 'there is no time zone ' || wanted.zone || '; write its IANA name, such as Europe/Berlin';
  end if;
  return case
    when wanted.name is null or wanted.name = '' then 'name is empty; it must have 1 to 128 bytes'
    when octet_length(wanted.name) > 128 then 'name has ' || octet_length(wanted.name) || ' bytes; the limit is 128'
    when wanted.times is null or wanted.times = '' then 'times are empty; write some, such as ''every day at 04:02'''
    when octet_length(wanted.times) > 256 then 'times have ' || octet_length(wanted.times) || ' bytes; the limit is 256'
    when wanted.zone is null or wanted.zone !~ '^[A-Za-z][A-Za-z0-9_+/-]{0,63}$' then
      'zone is ' || coalesce(quote_literal(left(wanted.zone, 64)), 'null') || '; write its IANA name, such as Europe/Berlin'
    when wanted.kind is null or wanted.kind = '' then 'kind is empty; it must have 1 to 128 bytes'
    when octet_length(wanted.kind) > 128 then 'kind has ' || octet_length(wanted.kind) || ' bytes; the limit is 128'
    when wanted.kind = 'txq.sql' and wanted.command is null then
      'the kind txq.sql is that of schedules which run SQL: use txq.add_sql_schedule'
    when wanted.command = '' or octet_length(wanted.command) > 65536 then
      'command has ' || octet_length(wanted.command) || ' bytes; it must have 1 to 65536'
    when wanted.queue is null or wanted.queue = '' then 'queue is empty; it must have 1 to 128 bytes'
    when octet_length(wanted.queue) > 128 then 'queue has ' || octet_length(wanted.queue) || ' bytes; the limit is 128'
    when wanted.priority is null or wanted.priority not between 0 and 3 then
      'priority is ' || coalesce(wanted.priority::text, 'null') || '; it must be 0 to 3'
    when wanted.max_attempts is null or wanted.max_attempts not between 1 and 1000 then
      'max_attempts is ' || coalesce(wanted.max_attempts::text, 'null') || '; it must be 1 to 1000'
    when octet_length(wanted.tenant) not between 1 and 128 then
      'tenant has ' || octet_length(wanted.tenant) || ' bytes; it must have 1 to 128'
    when wanted.missed is null or wanted.missed not in ('skip', 'once', 'all') then
      'missed is ' || coalesce(quote_literal(wanted.missed), 'null') || '; it must be skip, once or all'
    when wanted.missed_limit is null or wanted.missed_limit not between 1 and 1000 then
      'missed_limit is ' || coalesce(wanted.missed_limit::text, 'null') || '; it must be 1 to 1000'
    when wanted.overlap is null then 'overlap is null; it must be true or false'
    when wanted.missed = 'all' and not wanted.overlap then
      'missed is all, which starts several runs at once, and overlap is false; choose one of them'
    when wanted.jitter is null or wanted.jitter not between interval '0' and interval '1 day' then
      'jitter is ' || coalesce(wanted.jitter::text, 'null') || '; it must be 0 to 1 day'
    when wanted.payload is null then 'payload is null; write ''{}'' for a job without arguments'
    when octet_length(wanted.payload::text) > 262144 then
      'payload has ' || octet_length(wanted.payload::text) || ' bytes; the limit is 262144'
    when jsonb_path_exists(wanted.payload, 'strict $.**{512} ? (@.type() == "object" || @.type() == "array")') then
      'payload is nested deeper than 512 levels'
    when jsonb_typeof(wanted.headers) <> 'object' then 'headers are not an object but of type ' || jsonb_typeof(wanted.headers)
    when wanted.headers ? '' then 'headers have an empty name'
    when jsonb_path_exists(wanted.headers, 'strict $.* ? (@.type() != "string")') then
      'headers have a value that is not a string'
    when octet_length(wanted.headers::text) > 16384 then
      'headers, written as JSON, have ' || octet_length(wanted.headers::text) || ' bytes; the limit is 16384'
    when octet_length(wanted.file_set) not between 1 and 128 then
      'the name of the set has ' || octet_length(wanted.file_set) || ' bytes; it must have 1 to 128'
  end;
end
$$;

-- Makes a schedule, or changes the one of that name, for the function `caller`. Returns `added`, `changed`, or
-- `unchanged`, and then nothing was written. One that is paused stays so. Other times or another zone count from now on:
-- nothing is made up for.
create function txq.put_schedule(wanted txq.schedules, caller text) returns text
  language plpgsql volatile
  set search_path = pg_catalog, pg_temp
as $$
declare
  title   text := caller || coalesce(' of ' || nullif(left(wanted.name, 128), ''), '') || ': ';
  problem text := txq.schedule_problem(wanted);
  present txq.schedules;
begin
  if problem is not null then
    raise exception using errcode = 'invalid_parameter_value', message = title || problem;
  end if;
  wanted.headers := nullif(wanted.headers, '{}');
  wanted.changed_in := pg_current_xact_id();
  loop
    wanted.since := clock_timestamp();
    insert into txq.schedules values (wanted.*) on conflict (name) do nothing;
    if found then
      return 'added';
    end if;
    select * into present from txq.schedules as known where known.name = wanted.name for update;
    exit when found; -- or else it has just been removed
  end loop;
  if present.file_set is distinct from wanted.file_set then
    raise exception using errcode = 'object_not_in_prerequisite_state', message = title || 'there is one of that name '
      || coalesce('from a worker''s file, in the set ' || present.file_set, 'that was made in the database')
      || '; choose another name, or remove that one first';
  end if;
  wanted.paused_at := present.paused_at;
  if (wanted.times, wanted.zone) = (present.times, present.zone) then
    wanted.since := present.since;
    wanted.problem := present.problem;
  end if;
  present.changed_in := wanted.changed_in;
  if present is not distinct from wanted then
    return 'unchanged';
  end if;
  update txq.schedules as known
  set (times, zone, kind, payload, command, queue, priority, max_attempts, tenant, headers, missed, missed_limit, overlap, jitter,
       since, changed_in, problem)
    = (wanted.times, wanted.zone, wanted.kind, wanted.payload, wanted.command, wanted.queue, wanted.priority,
       wanted.max_attempts, wanted.tenant, wanted.headers, wanted.missed, wanted.missed_limit, wanted.overlap, wanted.jitter,
       wanted.since, wanted.changed_in, wanted.problem)
  where known.name = wanted.name;
  return 'changed';
end
$$;

-- Makes a schedule of jobs, or changes the one of that name, in the caller's transaction. Returns `added`, `changed`, or
-- `unchanged`, and then nothing was written.
--   times        what docs/schedules.md says. They are read by the workers: what these cannot understand never runs, and
--                the column problem says why, as do `txq schedule list` and `txq status`. The C++ library and the command
--                refuse it here
--   zone         the time zone of times that name none
--   kind ... headers, tenant  of the jobs, as in txq.enqueue. Headers have the schedule's name and the run's time besides
--   missed       what becomes of times at which no worker was there to start a run: the last one is made up for (`once`),
--                each of the last missed_limit ones is (`all`), or none that was missed by more than a minute (`skip`)
--   overlap      whether a run may be started while the job of an earlier one waits, is run, or is to be tried again
--   jitter       a job is put off by some part of this, which differs from time to time
-- What cannot be meant is refused with SQLSTATE 22023, a name that is a file's with 55000.
create function txq.add_schedule(
  name         text,
  times        text,
  kind         text,
  payload      jsonb    default '{}',
  zone         text     default 'UTC',
  queue        text     default 'default',
  priority     integer  default 2,
  max_attempts integer  default 20,
  headers      jsonb    default null,
  missed       text     default 'once',
  missed_limit integer  default 100,
  overlap      boolean  default true,
  jitter       interval default '0',
  tenant       text     default null
) returns text
  language plpgsql volatile security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  wanted txq.schedules;
begin
  wanted.name := name;
  wanted.times := times;
  wanted.zone := zone;
  wanted.kind := kind;
  wanted.payload := payload;
  wanted.queue := queue;
  wanted.priority := priority;
  wanted.max_attempts := max_attempts;
  wanted.headers := headers;
  wanted.missed := missed;
  wanted.missed_limit := missed_limit;
  wanted.overlap := overlap;
  wanted.jitter := jitter;
  wanted.tenant := tenant;
  return txq.put_schedule(wanted, 'txq.add_schedule');
end
$$;

-- The same for a schedule that runs a statement of SQL, which may name the parameters of a worker's `sql`. It runs with the
-- rights of the workers, and only in those whose file has the kind txq.sql: so may only who has those rights call this.
create function txq.add_sql_schedule(
  name         text,
  times        text,
  command      text,
  zone         text     default 'UTC',
  queue        text     default 'default',
  priority     integer  default 2,
  max_attempts integer  default 20,
  missed       text     default 'once',
  missed_limit integer  default 100,
  overlap      boolean  default true,
  jitter       interval default '0',
  tenant       text     default null
) returns text
  language plpgsql volatile security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  wanted txq.schedules;
begin
  wanted.name := name;
  wanted.times := times;
  wanted.zone := zone;
  wanted.kind := 'txq.sql';
  wanted.payload := '{}';
  wanted.command := coalesce(command, '');
  wanted.queue := queue;
  wanted.priority := priority;
  wanted.max_attempts := max_attempts;
  wanted.missed := missed;
  wanted.missed_limit := missed_limit;
  wanted.overlap := overlap;
  wanted.jitter := jitter;
  wanted.tenant := tenant;
  return txq.put_schedule(wanted, 'txq.add_sql_schedule');
end
$$;

-- Makes the schedules of a set what a worker's file says: an array of objects with the columns of txq.schedules. Those of
-- the set that are not among them are removed; those that others have made are left alone.
-- Returns a row for each that is written and for each that cannot be: outcome is `added`, `changed`, `removed`, or `taken`:
-- there is one of that name that does not belong to the set. Waits two seconds for locks. For workers: what it is given is
-- run with their rights.
create function txq.put_schedule_set(file_set text, schedules jsonb) returns table (schedule text, outcome text)
  language plpgsql volatile security definer
  set search_path = pg_catalog, pg_temp
  set lock_timeout = '2s'
as $$
declare
  wanted txq.schedules;
begin
  if file_set is null or file_set = '' then
    raise exception 'txq.put_schedule_set: the set has no name' using errcode = 'invalid_parameter_value';
  end if;
  for schedule, outcome in
    delete from txq.schedules as known
    where known.file_set = $1 and not exists (select from jsonb_array_elements($2) as one where one->>'name' = known.name)
    returning known.name, 'removed'
  loop
    return next;
  end loop;
  for wanted in
    select (jsonb_populate_record(null::txq.schedules, one || jsonb_build_object('file_set', $1))).*
    from jsonb_array_elements($2) as one order by one->>'name' -- in one order, so that two never wait for each other
  loop
    schedule := wanted.name;
    if exists (select from txq.schedules as known where known.name = wanted.name and known.file_set is distinct from $1) then
      outcome := 'taken';
    else
      outcome := txq.put_schedule(wanted, 'txq.put_schedule_set');
    end if;
    if outcome <> 'unchanged' then
      return next;
    end if;
  end loop;
end
$$;

-- Removes a schedule in the caller's transaction. Returns false if there is none of that name. Jobs that it has started are
-- run all the same.
create function txq.remove_schedule(name text) returns boolean
  language sql volatile security definer
  set search_path = pg_catalog, pg_temp
as $$
  with removed as (delete from txq.schedules as schedule where schedule.name = $1 returning schedule.name)
  select exists (select from removed)
$$;

-- Lets a schedule start nothing from here on, in the caller's transaction. Returns false if there is none of that name.
create function txq.pause_schedule(name text) returns boolean
  language plpgsql volatile security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  update txq.schedules as schedule set paused_at = clock_timestamp(), changed_in = pg_current_xact_id()
  where schedule.name = $1 and schedule.paused_at is null;
  return found or exists (select from txq.schedules as schedule where schedule.name = $1);
end
$$;

-- Lets a schedule start runs again, at the times that come after this; nothing is made up for. In the caller's transaction.
-- Returns false if there is none of that name.
create function txq.resume_schedule(name text) returns boolean
  language plpgsql volatile security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  update txq.schedules as schedule
  set paused_at = null, since = clock_timestamp(), changed_in = pg_current_xact_id()
  where schedule.name = $1 and schedule.paused_at is not null;
  return found or exists (select from txq.schedules as schedule where schedule.name = $1);
end
$$;

-- Adds a job of a schedule now, beside those of its own times, in the caller's transaction, and returns the job's id. Also
-- of one that is paused. Fails with P0002 if there is no such schedule, and with 55000 if runs must not overlap and the job
-- of an earlier one is not over. Notifies nobody, so that the transaction can be prepared; workers find the job when they
-- look next.
create function txq.run_schedule(name text) returns uuid
  language plpgsql volatile security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  schedule   txq.schedules;
  planned_at timestamptz;
  outcome    text;
begin
  select * into schedule from txq.schedules as known where known.name = $1 for no key update;
  if not found then
    raise exception using errcode = 'no_data_found',
      message = 'txq.run_schedule: there is no schedule ' || coalesce(quote_literal(left(name, 128)), 'without a name');
  end if;
  loop
    planned_at := clock_timestamp();
    outcome := txq.start_run(schedule, planned_at, true);
    exit when outcome <> 'known'; -- or else there is a run of this very microsecond
  end loop;
  if outcome = 'overlap' then
    raise exception using errcode = 'object_not_in_prerequisite_state',
      message = 'txq.run_schedule of ' || name || ': its job ' || txq.unfinished_job_of(name)
                || ' is not over, and its runs must not overlap';
  end if;
  return txq.scheduled_job_id(name, planned_at);
end
$$;

revoke all on function
  txq.scheduled_job_id(text, timestamptz), txq.unfinished_job_of(text), txq.start_run(txq.schedules, timestamptz, boolean),
  txq.start_runs(text[], xid8[], timestamptz[]), txq.schedule_problem(txq.schedules), txq.put_schedule(txq.schedules, text),
  txq.add_schedule(text, text, text, jsonb, text, text, integer, integer, jsonb, text, integer, boolean, interval, text),
  txq.add_sql_schedule(text, text, text, text, text, integer, integer, text, integer, boolean, interval, text),
  txq.put_schedule_set(text, jsonb), txq.remove_schedule(text), txq.pause_schedule(text), txq.resume_schedule(text),
  txq.run_schedule(text)
from public;

insert into txq.migrations (side, number, name, oldest_program) values ('queue', 2, 'schedules', 1);
