-- Limits: how many jobs of a queue or a kind run at the same time, in all processes together: see docs/limits.md.

-- Changed by operators and applications, through the functions below, and by nobody else.
create table txq.limits (
  id          bigint  generated always as identity primary key,
  scope       text    not null, -- what `name` is the name of
  name        text    not null,
  max_running integer not null, -- handlers at the same time; 0: none begins
  constraint limits_one_per_name  unique (scope, name),
  constraint scope_is_known       check (scope in ('queue', 'kind')),
  constraint name_length          check (octet_length(name) between 1 and 128),
  constraint max_running_in_range check (max_running between 0 and 1000000)
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

-- Lets up to max_running jobs of a queue or a kind (`scope`) run at the same time, in the caller's transaction. Returns
-- `added`, `changed`, or `unchanged`, and then nothing was written. Workers obey within two seconds; what runs by then
-- goes on, and counts. What cannot be meant is refused with SQLSTATE 22023.
create function txq.set_limit(scope text, name text, max_running integer) returns text
  language plpgsql volatile security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  problem text := case
    when scope is null or scope not in ('queue', 'kind') then
      'scope is ' || coalesce(quote_literal(scope), 'null') || '; it must be queue or kind'
    when name is null or octet_length(name) not between 1 and 128 then
      'name has ' || coalesce(octet_length(name), 0) || ' bytes; it must have 1 to 128'
    when max_running is null or max_running not between 0 and 1000000 then
      'max_running is ' || coalesce(max_running::text, 'null') || '; it must be 0 to 1000000'
  end;
begin
  if problem is not null then
    raise exception using errcode = 'invalid_parameter_value', message = 'txq.set_limit: ' || problem;
  end if;
  if exists (select from txq.limits as one where (one.scope, one.name, one.max_running) = ($1, $2, $3)) then
    return 'unchanged';
  end if;
  insert into txq.limits as one (scope, name, max_running) values ($1, $2, $3)
  on conflict on constraint limits_one_per_name do nothing;
  if found then
    return 'added';
  end if;
  update txq.limits as one set max_running = $3 where one.scope = $1 and one.name = $2;
  return 'changed';
end
$$;

-- Removes a limit, in the caller's transaction. Returns whether there was one.
create function txq.remove_limit(scope text, name text) returns boolean
  language plpgsql volatile security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  delete from txq.limits as one where one.scope = $1 and one.name = $2;
  return found;
end
$$;

revoke all on function txq.set_limit(text, text, integer), txq.remove_limit(text, text) from public;

insert into txq.migrations (side, number, name, oldest_program) values ('queue', 5, 'limits', 1);
