-- How deep a queue may get, and what happens then: see docs/backpressure.md.

alter table txq.queues
  add column max_depth integer check (max_depth between 1 and 100000000), -- jobs that wait to be run; null: any number
  add column when_full text    check (when_full in ('refuse', 'warn')),   -- what becomes of enqueues then
  add constraint depth_is_whole check ((max_depth is null) = (when_full is null));

drop function txq.set_queue(text, boolean);

-- Sets what a queue is like; null leaves it as it is.
--   fair       its tenants take turns from now on. Jobs that wait already keep their places
--   max_depth  how many jobs may wait to be run before it is full; 0: any number
--   when_full  whether an enqueue is refused then, or warned: refuse (the default) or warn
create function txq.set_queue(queue text, fair boolean default null, max_depth integer default null, when_full text default null)
  returns void
  language plpgsql volatile security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  problem text := case
    when queue is null or octet_length(queue) not between 1 and 128 then
      'queue has ' || coalesce(octet_length(queue), 0) || ' bytes; it must have 1 to 128'
    when max_depth not between 0 and 100000000 then 'max_depth is ' || max_depth || '; it must be 0 to 100000000'
    when when_full not in ('refuse', 'warn') then 'when_full is ' || quote_literal(when_full) || '; it must be refuse or warn'
    when when_full is not null and max_depth = 0 then 'when_full is nothing without max_depth'
  end;
begin
  if problem is not null then
    raise exception using errcode = 'invalid_parameter_value', message = 'txq.set_queue: ' || problem;
  end if;
  insert into txq.queues as known (name, fair, max_depth, when_full)
  values ($1, nullif($2, false), nullif($3, 0), case when $3 > 0 then coalesce($4, 'refuse') end)
  on conflict (name) do update
  set fair = case when known.fair is null then nullif($2, false) else coalesce($2, known.fair) end,
      max_depth = nullif(coalesce($3, known.max_depth), 0),
      when_full = case when coalesce($3, known.max_depth) > 0 then coalesce($4, known.when_full, 'refuse') end;
  if when_full is not null and not exists (select from txq.queues as known where known.name = $1 and known.max_depth is not null) then
    raise exception using errcode = 'invalid_parameter_value', message = 'txq.set_queue: when_full is nothing without max_depth';
  end if;
  -- what is as any other queue has no row
  delete from txq.queues as known
  where known.name = $1 and jsonb_strip_nulls(to_jsonb(known)) = jsonb_build_object('name', known.name);
end
$$;
revoke all on function txq.set_queue(text, boolean, integer, text) from public;

insert into txq.migrations (side, number, name, oldest_program) values ('queue', 7, 'backpressure', 1);
