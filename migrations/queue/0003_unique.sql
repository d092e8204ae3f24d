-- One job instead of many: which job stands for a key, and what became of the enqueues that it stands for. Decided by the
-- relay, in the transaction that puts a batch into the queue: see docs/unique.md.

-- The job that was enqueued last of those that became a job of their own, by kind and key.
create table txq.unique_keys (
  kind         text        not null,
  key          text        not null,
  job_id       uuid        not null,
  operation_id uuid        not null,
  taken_at     timestamptz not null, -- when that job was enqueued
  kept_until   timestamptz not null, -- remembered until then, and for as long as the job is in txq.jobs
  primary key (kind, key)
);
alter table txq.unique_keys set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
                                 autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 50000);

-- The enqueues that became no job of their own.
create table txq.unique_outcomes (
  id         uuid        primary key, -- what the enqueue returned
  job_id     uuid        not null,    -- the job that stands for it
  outcome    text        not null,    -- what became of that job
  settled_at timestamptz not null default clock_timestamp(),
  constraint outcome_is_known check (outcome in ('kept', 'replaced', 'postponed'))
);
create index unique_outcomes_settled_at on txq.unique_outcomes (settled_at);

-- The key of a job by the rule that it was enqueued with: the one that is given, or what the payload has in the fields
-- that are named, as jsonb writes it; a hash of that if it is long.
create function txq.unique_key(rule jsonb, payload jsonb) returns text
  language sql immutable
  set search_path = pg_catalog, pg_temp
as $$
  select coalesce(rule->>'key',
    (select case when octet_length(chosen.fields) <= 512 then chosen.fields
                 else 'sha256:' || encode(sha256(convert_to(chosen.fields, 'UTF8')), 'hex') end
     from (select jsonb_object_agg(field.name, payload->field.name)::text as fields
           from jsonb_array_elements_text(rule->'fields') as field (name)) as chosen))
$$;

-- What a rule makes of an enqueue while a job stands for its key that is `waiting`, `running`, `done` or none of these and
-- was itself enqueued at `since`. Null: a job of its own; else the job there is `kept`, `replaced` or `postponed`. A rule
-- without states is about jobs that wait; with a period and nothing to be replaced about all of them.
create function txq.unique_decision(rule jsonb, stage text, since timestamptz, enqueued_at timestamptz) returns text
  language plpgsql immutable
  set search_path = pg_catalog, pg_temp
as $$
begin
  return case
    when stage is null or enqueued_at >= since + (rule->>'within_ms')::bigint * interval '1 millisecond' then null
    when not case when rule ? 'states' then rule->'states' ? stage
                  else stage = 'waiting' or rule ? 'within_ms' and coalesce(rule->>'on_conflict', 'keep') = 'keep' end then null
    when stage = 'waiting' and rule->>'on_conflict' = 'replace' then 'replaced'
    when stage = 'waiting' and rule->>'on_conflict' = 'postpone' then 'postponed'
    else 'kept'
  end;
end
$$;

-- Whether a job has been decided before: `its own` or `another one''s`; null: it has not.
create function txq.decided_before(id uuid, operation_id uuid) returns text
  language plpgsql stable
  set search_path = pg_catalog, pg_temp
as $$
begin
  return case
    when (select true from txq.unique_outcomes as known where known.id = $1) then 'another one''s'
    when (select true from txq.jobs as job where job.id = $1) then 'its own'
    when (select true from txq.processed_jobs as done where done.operation_id = $2) then 'its own'
  end;
end
$$;

-- What a job is at: `waiting`, `running`, `done`, or null: ended without success, or no more. Locks nothing: a ready job
-- whose row is locked, or was and nothing came of it, has been claimed so and may be run (see lock_jobs), and a row that
-- was locked for a look would seem so, too.
create function txq.unique_stage(job_id uuid, operation_id uuid) returns text
  language plpgsql volatile
  set search_path = pg_catalog, pg_temp
as $$
declare
  stage text;
begin
  select case when job.state in ('waiting', 'scheduled') or job.state = 'ready' and (job.xmax = '0' or job.xmax = job.xmin) then 'waiting'
              when job.state in ('ready', 'running') then 'running' end
  into stage from txq.jobs as job where job.id = $1;
  if not found then
    select 'done' into stage from txq.processed_jobs as done where done.operation_id = $2;
  end if;
  return stage;
end
$$;

-- Locks a job that waits, to be edited in any case; false if it does not wait any more.
create function txq.lock_waiting_job(job_id uuid) returns boolean
  language plpgsql volatile
  set search_path = pg_catalog, pg_temp
as $$
begin
  perform 1 from txq.jobs as job
  where job.id = $1 and (job.state in ('waiting', 'scheduled') or job.state = 'ready' and (job.xmax = '0' or job.xmax = job.xmin))
  for update skip locked;
  return found;
end
$$;

-- Locks the row of a key. If there is none, the job that is given takes the key.
create function txq.hold_unique_key(taking txq.unique_keys) returns txq.unique_keys
  language plpgsql volatile
  set search_path = pg_catalog, pg_temp
as $$
declare
  held txq.unique_keys;
begin
  loop
    select * into held from txq.unique_keys as known
    where known.kind = taking.kind and known.key = taking.key for no key update;
    if found then
      return held;
    end if;
    insert into txq.unique_keys values (taking.*) on conflict do nothing;
    if found then
      return taking;
    end if; -- or else somebody has just been faster
  end loop;
end
$$;

-- Gives a waiting job, whose row is locked, other arguments and, unless that is null, another time. In its time it becomes
-- ready like any other; one that is ready and not put off keeps its place. no_sooner: one that waits for its next attempt may be
-- put off but not brought forward, or the attempts that it has left would be used up at once; nor is one that a limit has parked,
-- whose time says only when it is looked at in any case.
create function txq.edit_waiting_job(job_id uuid, new_payload jsonb, new_headers jsonb, new_run_at timestamptz, no_sooner boolean default false)
  returns void
  language plpgsql volatile
  set search_path = pg_catalog, pg_temp
as $$
declare
  due timestamptz;
begin
  select case when not no_sooner or job.fence = 0 or $4 is null then $4
              when not exists (select from txq.parked_jobs as parked
                               where parked.job_id = job.id and parked.fence = job.fence and parked.run_at = job.run_at)
              then greatest($4, job.run_at)
              when $4 > now() then $4 end
  into due from txq.jobs as job where job.id = $1;
  update txq.jobs as job
  set payload = $2, headers = $3, run_at = coalesce(due, job.run_at),
      state = case when due > now() and job.state <> 'waiting' then 'scheduled' else job.state end,
      seq = case when due > now() then null else job.seq end
  where job.id = $1;
end
$$;

-- Decides which jobs of a batch become jobs of their own, before it is written in the same transaction. Takes and returns
-- what read_outbox returns; what is left out is in txq.unique_outcomes. Of a key in the order of the batch, and by the
-- times at which the jobs were enqueued, so that it makes no difference how they are cut into batches.
--   again: some may have been moved before, which are decided as they were
-- Locks the rows of the keys, in one order, so that relays of several outboxes wait for each other and no longer.
create function txq.settle_unique(
  inout ids uuid[], inout operation_ids uuid[], inout queues text[], inout kinds text[], inout priorities smallint[],
  inout max_attempts integer[], inout run_ats timestamptz[], inout payloads text[], inout headers text[],
  inout rules text[], inout enqueued_ats timestamptz[], again boolean)
  language plpgsql volatile security definer
  set search_path = pg_catalog, pg_temp
  set enable_seqscan = off
as $$
declare
  own      boolean[] := array_fill(true, array[cardinality(ids)]); -- whether it becomes a job of its own
  holders  uuid[]    := array_fill(null::uuid, array[cardinality(ids)]);
  outcomes text[]    := array_fill(null::text, array[cardinality(ids)]);
  asked    record;
  place    integer;
  rule     jsonb;
  before   text;
  decision text;
  taking   txq.unique_keys;
  held     txq.unique_keys;
  stage    text;        -- of the job that holds the key
  held_at  integer;     -- its place in this batch; null: it is in the queue
  taken    boolean;     -- whether it has got the key in this batch
  edit     integer;     -- the place of the job whose arguments the one in the queue gets, whose row is locked then
  edit_at  timestamptz; -- and when that is to run
begin
  for asked in
    select one.kind, one.key, array_agg(one.place order by one.place) as places
    from (select job.kind, txq.unique_key(job.rules::jsonb->'unique', job.payload::jsonb) as key, job.place::integer
          from unnest(kinds, payloads, rules) with ordinality as job (kind, payload, rules, place)
          where job.rules::jsonb ? 'unique') as one
    group by one.kind, one.key
    order by one.kind, one.key
  loop
    held_at := null;
    taken := false;
    edit := null;
    edit_at := null;
    foreach place in array asked.places loop
      rule := rules[place]::jsonb->'unique';
      taking := (asked.kind, asked.key, ids[place], operation_ids[place], enqueued_ats[place],
                 enqueued_ats[place] + coalesce((rule->>'within_ms')::bigint, 0) * interval '1 millisecond');
      if place = asked.places[1] then
        held := txq.hold_unique_key(taking);
        stage := case when again or held.job_id <> ids[place] then txq.unique_stage(held.job_id, held.operation_id) end;
      end if;
      if again then
        before := txq.decided_before(ids[place], operation_ids[place]);
        own[place] := before is distinct from 'another one''s';
        continue when before is not null; -- what is its own is there, and is not written again
      end if;
      if held.job_id = ids[place] then
        held_at := place;
        stage := 'waiting';
        continue;
      end if;

      decision := txq.unique_decision(rule, stage, held.taken_at, enqueued_ats[place]);
      if decision <> 'kept' and held_at is null and edit is null and not txq.lock_waiting_job(held.job_id) then
        stage := coalesce(nullif(txq.unique_stage(held.job_id, held.operation_id), 'waiting'), 'running');
        decision := txq.unique_decision(rule, stage, held.taken_at, enqueued_ats[place]);
      end if;
      if decision is null then
        if edit is not null then
          perform txq.edit_waiting_job(held.job_id, payloads[edit]::jsonb, headers[edit]::jsonb, edit_at, true);
        end if;
        edit := null;
        edit_at := null;
        held := taking;
        held_at := place;
        taken := true;
        stage := 'waiting';
        continue;
      end if;

      own[place] := false;
      holders[place] := held.job_id;
      outcomes[place] := decision;
      continue when decision = 'kept';
      edit := place;
      if decision = 'postponed' then
        edit_at := least(coalesce(run_ats[place], enqueued_ats[place]),
                         held.taken_at + (rule->>'at_most_ms')::bigint * interval '1 millisecond');
      end if;
      if held_at is not null then
        payloads[held_at] := payloads[edit];
        headers[held_at] := headers[edit];
        run_ats[held_at] := coalesce(edit_at, run_ats[held_at]);
        edit := null;
        edit_at := null;
      end if;
    end loop;
    if edit is not null then
      perform txq.edit_waiting_job(held.job_id, payloads[edit]::jsonb, headers[edit]::jsonb, edit_at, true);
    end if;
    if taken then
      update txq.unique_keys as known
      set job_id = held.job_id, operation_id = held.operation_id, taken_at = held.taken_at, kept_until = held.kept_until
      where known.kind = held.kind and known.key = held.key;
    end if;
  end loop;

  insert into txq.unique_outcomes (id, job_id, outcome)
  select one.id, one.job_id, one.outcome from unnest(ids, holders, outcomes) as one (id, job_id, outcome)
  where one.outcome is not null
  on conflict do nothing;
  select coalesce(array_agg(one.id), '{}'), coalesce(array_agg(one.operation_id), '{}'),
         coalesce(array_agg(one.queue), '{}'), coalesce(array_agg(one.kind), '{}'),
         coalesce(array_agg(one.priority), '{}'), coalesce(array_agg(one.attempts), '{}'),
         coalesce(array_agg(one.run_at), '{}'), coalesce(array_agg(one.payload), '{}'),
         coalesce(array_agg(one.header), '{}'), coalesce(array_agg(one.rule), '{}'),
         coalesce(array_agg(one.enqueued_at), '{}')
  into ids, operation_ids, queues, kinds, priorities, max_attempts, run_ats, payloads, headers, rules, enqueued_ats
  from (select * from unnest(ids, operation_ids, queues, kinds, priorities, max_attempts, run_ats, payloads, headers, rules,
                             enqueued_ats, own) with ordinality
          as job (id, operation_id, queue, kind, priority, attempts, run_at, payload, header, rule, enqueued_at, own, place)
        where job.own order by job.place) as one;
end
$$;

-- What became of an enqueue that became no job of its own: the job that stands for it, and `kept`, `replaced` (its
-- arguments) or `postponed` (its arguments and its time). No row: it has become a job of its own, has not been relayed
-- yet, or that was long ago.
create function txq.unique_outcome(id uuid) returns table (job_id uuid, outcome text, settled_at timestamptz)
  language sql stable security definer
  set search_path = pg_catalog, pg_temp
as $$
  select known.job_id, known.outcome, known.settled_at from txq.unique_outcomes as known where known.id = $1
$$;

-- The job that stands for a key: that which was enqueued last of those that became a job of their own. Its state is one
-- of txq.job_state, or `completed`. No row: there is none that has been relayed, or that was long ago.
create function txq.find_job(kind text, key text)
  returns table (job_id uuid, state text, enqueued_at timestamptz, run_at timestamptz)
  language sql stable security definer
  set search_path = pg_catalog, pg_temp
as $$
  select held.job_id, coalesce(job.state::text, 'completed'), held.taken_at, job.run_at
  from txq.unique_keys as held left join txq.jobs as job on job.id = any (array[held.job_id])
  where held.kind = $1 and held.key = $2
    and (job.id is not null
         or (select true from txq.processed_jobs as done where done.operation_id = held.operation_id))
$$;

-- Cancels the job that stands for a key, in the caller's transaction. Returns `cancelled`; `running` if its worker is
-- going to stop it; null if there is none that waits or runs. Waits for those who are writing the job.
create function txq.cancel_job(kind text, key text) returns text
  language sql volatile security definer
  set search_path = pg_catalog, pg_temp
as $$
  update txq.jobs as job
  set state = case job.state when 'running' then 'running' else 'cancelled' end::txq.job_state,
      seq = case job.state when 'running' then job.seq end,
      finished_at = case when job.state <> 'running' then clock_timestamp() end,
      cancelling = job.state = 'running'
  where job.id = (select held.job_id from txq.unique_keys as held where held.kind = $1 and held.key = $2)
    and job.state in ('waiting', 'scheduled', 'ready', 'running')
  returning job.state::text
$$;

-- Lets the job that stands for a key run at another time, in the caller's transaction; in the past: at once. Returns
-- false if there is none that waits. One that a worker has just taken does not wait any more.
create function txq.reschedule_job(kind text, key text, run_at timestamptz) returns boolean
  language plpgsql volatile security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  held txq.unique_keys;
begin
  if run_at is null or run_at < '1970-01-01 00:00Z' or run_at >= '2200-01-01 00:00Z' then
    raise exception using errcode = 'invalid_parameter_value',
      message = 'txq.reschedule_job' || coalesce(' of ' || nullif(left(kind, 128), ''), '')
                || ': run_at must be a point in time of the years 1970 to 2199';
  end if;
  select * into held from txq.unique_keys as known where known.kind = $1 and known.key = $2;
  if not found or not txq.lock_waiting_job(held.job_id) then
    return false;
  end if;
  perform txq.edit_waiting_job(job.id, job.payload, job.headers, $3) from txq.jobs as job where job.id = held.job_id;
  return true;
end
$$;

revoke all on function
  txq.unique_key(jsonb, jsonb), txq.unique_decision(jsonb, text, timestamptz, timestamptz), txq.decided_before(uuid, uuid),
  txq.unique_stage(uuid, uuid), txq.lock_waiting_job(uuid),
  txq.hold_unique_key(txq.unique_keys), txq.edit_waiting_job(uuid, jsonb, jsonb, timestamptz, boolean),
  txq.settle_unique(uuid[], uuid[], text[], text[], smallint[], integer[], timestamptz[], text[], text[], text[],
                    timestamptz[], boolean),
  txq.unique_outcome(uuid), txq.find_job(text, text), txq.cancel_job(text, text),
  txq.reschedule_job(text, text, timestamptz)
from public;

insert into txq.migrations (side, number, name, oldest_program) values ('queue', 3, 'unique', 1);
