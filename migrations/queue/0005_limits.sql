-- Limits: how many jobs of a queue or a kind run at the same time, in all processes together: see docs/limits.md.

-- Changed by operators and applications, through the functions below, and by nobody else.
create table txq.limits (
  id          bigint   generated always as identity primary key,
  scope       text     not null, -- what `name` is the name of
  name        text     not null,
  each        text     not null default '', -- tenant, or payload. and a field's name: one for each of its values; '': one for all
  max_running integer,           -- handlers at the same time; 0: none begins; null: any number
  starts      integer,           -- handlers that begin within a period, on average; null: any number
  period      interval,
  burst       integer,           -- beginnings that may be saved up
  cost        text,              -- payload. and the name of a field, which says for how many jobs one counts; null: for one
  counted     boolean  not null generated always as (each <> '' or cost is not null) stored, -- see 0006; else shared out as slots
  constraint limits_one_per_name  unique (scope, name, each),
  constraint scope_is_known       check (scope in ('queue', 'kind')),
  constraint name_length          check (octet_length(name) between 1 and 128),
  constraint each_is_known        check (each in ('', 'tenant') or each ~ '^payload[.].' and octet_length(each) <= 136),
  constraint cost_is_known        check (cost ~ '^payload[.].' and octet_length(cost) <= 136),
  constraint limits_something     check (max_running is not null or starts is not null),
  constraint max_running_in_range check (max_running between 0 and 1000000),
  constraint starts_in_range      check (starts between 1 and 1000000),
  constraint period_in_range      check (period between interval '1 second' and interval '1 day'),
  constraint burst_in_range       check (burst between 1 and 1000000),
  constraint rate_is_whole        check ((starts is null) = (period is null) and (starts is null) = (burst is null))
);

-- Who may run how many of them: the sum of a limit's slots is never raised beyond its max_running, which whoever writes
-- makes sure of under a lock of the limit's row. A dead worker's slots go with its row in txq.workers. Written when
-- workers' needs change, which is once a second and worker at most, never per job.
create table txq.limit_grants (
  limit_id bigint  not null references txq.limits on delete cascade,
  worker   bigint  not null references txq.workers on delete cascade,
  wanted   integer not null, -- could use so many
  slots    integer not null,
  primary key (limit_id, worker),
  constraint counts check (wanted >= 0 and slots >= 0)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
create index limit_grants_worker on txq.limit_grants (worker);

-- What is left of a limit's beginnings: `starts` at filled_at, and more with the time that has passed since. Workers take some
-- ahead, at most ten times a second each, so that is how often a row is written.
create table txq.limit_buckets (
  limit_id  bigint           primary key references txq.limits on delete cascade,
  starts    double precision not null check (starts >= 0),
  filled_at timestamptz      not null default clock_timestamp()
) with (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

-- Limits the jobs of a queue or a kind (`scope`), in the caller's transaction: up to max_running of them run at the same
-- time, and up to `starts` begin within a period, on average; what is null is not limited.
--   period  a second unless given
--   burst   how many more may begin at once after a while in which fewer have; a fifth of a second's unless given, and no
--           less, because workers take them ahead; with each or cost one is the least
--   each    tenant, or payload. and the name of a field: a limit for each of its values; else one for all jobs together
--   cost    payload. and the name of a field with a number: for how many jobs one counts; else each for one
-- Returns `added`, `changed`, or `unchanged`, and then nothing was written. Workers obey within two seconds; what runs by
-- then goes on, and counts. What cannot be meant is refused with SQLSTATE 22023.
create function txq.set_limit(
  scope       text,
  name        text,
  max_running integer  default null,
  starts      integer  default null,
  period      interval default null,
  burst       integer  default null,
  each        text     default null,
  cost        text     default null
) returns text
  language plpgsql volatile security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  problem     text := case
    when scope is null or scope not in ('queue', 'kind') then
      'scope is ' || coalesce(quote_literal(scope), 'null') || '; it must be queue or kind'
    when name is null or octet_length(name) not between 1 and 128 then
      'name has ' || coalesce(octet_length(name), 0) || ' bytes; it must have 1 to 128'
    when max_running is null and starts is null then 'neither max_running nor starts is given'
    when max_running not between 0 and 1000000 then 'max_running is ' || max_running || '; it must be 0 to 1000000'
    when starts not between 1 and 1000000 then 'starts is ' || starts || '; it must be 1 to 1000000'
    when starts is null and (period is not null or burst is not null) then 'period and burst are nothing without starts'
    when period not between interval '1 second' and interval '1 day' then
      'period is ' || period || '; it must be 1 second to 1 day'
    when each not in ('', 'tenant') and (each !~ '^payload[.].' or octet_length(each) > 136) then
      'each is ' || quote_literal(each) || '; it must be tenant, or payload. and the name of a field'
    when cost !~ '^payload[.].' or octet_length(cost) > 136 then
      'cost is ' || quote_literal(cost) || '; it must be payload. and the name of a field'
  end;
  outcome     text;
  least_burst integer;
  present     txq.limits;
  wanted      txq.limits;
begin
  if problem is null and starts is not null then
    period := coalesce(period, interval '1 second');
    least_burst := greatest(1, ceil(starts / extract(epoch from period) / 5));
    burst := coalesce(burst, least_burst);
    if each <> '' or cost is not null then
      least_burst := 1;
    end if;
    problem := case when burst not between least_burst and 1000000 then
      'burst is ' || burst || '; it must be ' || least_burst || ' to 1000000: a fifth of a second''s starts, or more' end;
  end if;
  if problem is not null then
    raise exception using errcode = 'invalid_parameter_value', message = 'txq.set_limit: ' || problem;
  end if;
  loop
    insert into txq.limits as one (scope, name, each, max_running, starts, period, burst, cost)
    values ($1, $2, coalesce($7, ''), $3, $4, period, burst, $8)
    on conflict on constraint limits_one_per_name do nothing
    returning * into wanted;
    outcome := case when found then 'added' else 'changed' end;
    exit when found;
    select * into present from txq.limits as one
    where one.scope = $1 and one.name = $2 and one.each = coalesce($7, '') for update;
    exit when found; -- or else it has just been removed
  end loop;
  if outcome = 'changed' then
    if (present.max_running, present.starts, present.period, present.burst, present.cost)
       is not distinct from ($3, $4, period, burst, $8) then
      return 'unchanged';
    end if;
    update txq.limits as one set (max_running, starts, period, burst, cost) = ($3, $4, set_limit.period, set_limit.burst, $8)
    where one.id = present.id
    returning * into wanted;
  end if;
  if wanted.starts is null or wanted.counted then
    delete from txq.limit_buckets as bucket where bucket.limit_id = wanted.id;
  else
    insert into txq.limit_buckets (limit_id, starts) values (wanted.id, wanted.burst) on conflict do nothing;
  end if;
  if wanted.counted and wanted.max_running is not null and (present.max_running is null or not present.counted) then
    perform txq.count_running_jobs(wanted.id); -- of 0006. What is claimed until workers know of the limit they count
  end if;
  return outcome;
end
$$;

-- Removes a limit, in the caller's transaction. Returns whether there was one.
create function txq.remove_limit(scope text, name text, each text default '') returns boolean
  language plpgsql volatile security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  delete from txq.limits as one where one.scope = $1 and one.name = $2 and one.each = coalesce($3, '');
  return found;
end
$$;

revoke all on function txq.set_limit(text, text, integer, integer, interval, integer, text, text), txq.remove_limit(text, text, text)
from public;

insert into txq.migrations (side, number, name, oldest_program) values ('queue', 5, 'limits', 1);
