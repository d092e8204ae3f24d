-- Tenants that take turns: in a queue that is fair, the place that a job gets decides, and claims know nothing of it. And
-- kinds and tenants that are paused, which claims leave out.

alter table txq.queues add column fair boolean; -- null: never; false: not any more, but its places go on from where they were

-- Only what an operator or an application has set; a tenant without a row here is an ordinary one.
create table txq.tenants (
  name      text        primary key check (octet_length(name) between 1 and 128),
  weight    integer     check (weight between 1 and 1000), -- how many jobs at each of its turns; null: 1
  paused_at timestamptz
);
create index tenants_paused on txq.tenants (name) where paused_at is not null;

-- Those that are paused.
create table txq.kinds (
  name      text        primary key check (octet_length(name) between 1 and 128),
  paused_at timestamptz
);
create index kinds_paused on txq.kinds (name) where paused_at is not null;

-- The highest place that has been given out in a fair queue. Those of other queues are numbers of txq.job_seq, which does
-- not come as far as this begins.
create sequence txq.last_place as bigint minvalue 1099511627776;

-- Where a tenant's last job waits in a fair queue.
create index jobs_turns on txq.jobs (queue, priority, coalesce(tenant, ''), seq)
  where state = 'ready' and seq >= 1099511627776;

-- How far the jobs of fair queues have been claimed, as far as workers have said, a few times a second. Appended and never
-- updated: the highest is what counts, and lower ones are forgotten.
create table txq.queue_progress (
  queue    text        not null,
  priority smallint    not null,
  seq      bigint      not null,
  noted_at timestamptz not null default clock_timestamp()
);
create index queue_progress_highest on txq.queue_progress (queue, priority, seq);
alter table txq.queue_progress set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
                                    autovacuum_vacuum_insert_threshold = -1);

-- Where a fair queue stands: between the jobs that have been claimed and those that wait.
create function txq.place_served(in_queue text, of_priority smallint) returns bigint
  language plpgsql stable strict
  set search_path = pg_catalog, pg_temp
as $$
declare
  claimed bigint := coalesce((select max(progress.seq) from txq.queue_progress as progress
                              where progress.queue = in_queue and progress.priority = of_priority), 0);
begin
  -- Above what has been claimed, so that neither dead rows nor jobs that wait for something else are in the way. The
  -- condition on crashes is written as in claim_jobs, so that the index answers.
  return coalesce((select job.seq from txq.jobs as job
                   where job.state = 'ready' and job.queue = in_queue and (job.crashes > 1) = (of_priority < 0)
                     and job.priority = of_priority and job.seq > claimed
                   order by job.seq limit 1),
                  pg_sequence_last_value('txq.last_place'), -- nothing waits: all that was given out has been claimed
                  0);
end
$$;

-- Where a tenant's last job waits above `served`; null if none does. tenant null: any job of the queue and priority.
create function txq.last_place_of(in_queue text, of_priority smallint, of_tenant text, served bigint) returns bigint
  language plpgsql stable
  set search_path = pg_catalog, pg_temp
as $$
begin
  if of_tenant is null then
    return (select job.seq from txq.jobs as job
            where job.state = 'ready' and job.queue = in_queue and (job.crashes > 1) = (of_priority < 0)
              and job.priority = of_priority and job.seq > served
            order by job.seq desc limit 1);
  end if;
  return (select job.seq from txq.jobs as job
          where job.state = 'ready' and job.queue = in_queue and job.priority = of_priority
            and coalesce(job.tenant, '') = of_tenant and job.seq > served and job.seq >= 1099511627776
          order by job.seq desc limit 1);
end
$$;

-- The places (seq) of jobs that become ready now, in the order in which they are given: one element per job. Where queue
-- is null, none is taken and the element is 0. In a queue that is not fair they are the next numbers of txq.job_seq.
--
-- In a fair one each tenant has a turn in every 1,048,576 places. Its first job that waits gets a place within the turn
-- that comes after where the queue stands, whatever it has had before, and each further job one a turn later, or a part of
-- that which its weight says. Jobs of no tenant are those of one. Reads a few pages per tenant, however many wait, and
-- writes no row. Two calls at once may give out the same places, which is harmless. Runs with the rights of the owner: all
-- who make jobs ready call it.
create function txq.take_places(queues text[], priorities smallint[], tenants text[]) returns bigint[]
  language plpgsql volatile strict security definer
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set enable_bitmapscan = off
  set enable_hashjoin = off
  set enable_mergejoin = off
  set jit = off
as $$
declare
  turn        constant bigint := 1048576;
  places      bigint[] := array_fill(0::bigint, array[cardinality(queues)]);
  highest     bigint := 0;
  one         record;   -- tenant, in a queue and priority, with its jobs
  of_queue    text;     -- where `served` is
  of_priority smallint;
  served      bigint;
  place       bigint;
  step        bigint;
  n           bigint;
begin
  for one in
    select job.queue, job.priority, known.fair,
           case when known.fair then coalesce(job.tenant, '') end as tenant, array_agg(job.n order by job.n) as jobs
    from unnest(queues, priorities, tenants) with ordinality as job (queue, priority, tenant, n)
    left join txq.queues as known on known.name = job.queue
    where job.queue is not null
    group by 1, 2, 3, 4 order by 1, 2, min(job.n)
  loop
    if one.fair is null then
      foreach n in array one.jobs loop
        places[n] := nextval('txq.job_seq');
      end loop;
      continue;
    end if;
    if (one.queue, one.priority) is distinct from (of_queue, of_priority) then
      of_queue := one.queue;
      of_priority := one.priority;
      served := greatest(txq.place_served(one.queue, one.priority), 1099511627776);
    end if;
    step := turn / coalesce((select known.weight from txq.tenants as known where known.name = one.tenant), 1);
    place := txq.last_place_of(one.queue, one.priority, one.tenant, served);
    if place is null then -- within a turn as they come: by a number that rises
      place := served + 1 + ((nextval('txq.job_seq') - served - 1) & (turn - 1));
    else
      place := place + step;
    end if;
    foreach n in array one.jobs loop
      places[n] := place;
      highest := greatest(highest, place);
      place := place + step;
    end loop;
  end loop;
  if highest > coalesce(pg_sequence_last_value('txq.last_place'), 0) then
    perform setval('txq.last_place', highest);
  end if;
  return places;
end
$$;

-- Sets what a queue is like; null leaves it as it is. `fair`: its tenants take turns from now on. Jobs that wait already
-- keep their places.
create function txq.set_queue(queue text, fair boolean default null) returns void
  language plpgsql volatile security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  if queue is null or octet_length(queue) not between 1 and 128 then
    raise exception 'txq.set_queue: queue has % bytes; it must have 1 to 128', coalesce(octet_length(queue), 0)
      using errcode = 'invalid_parameter_value';
  end if;
  insert into txq.queues as known (name, fair) values ($1, nullif($2, false))
  on conflict (name) do update set fair = case when known.fair is null then nullif($2, false) else coalesce($2, known.fair) end;
end
$$;

-- Sets how many jobs a tenant has at each of its turns, in all fair queues, for jobs that become ready from now on.
create function txq.set_tenant(tenant text, weight integer) returns void
  language plpgsql volatile security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  if tenant is null or octet_length(tenant) not between 1 and 128 then
    raise exception 'txq.set_tenant: tenant has % bytes; it must have 1 to 128', coalesce(octet_length(tenant), 0)
      using errcode = 'invalid_parameter_value';
  elsif weight is null or weight not between 1 and 1000 then
    raise exception 'txq.set_tenant: weight is %; it must be 1 to 1000', coalesce(weight::text, 'null')
      using errcode = 'invalid_parameter_value';
  end if;
  insert into txq.tenants as known (name, weight) values ($1, $2)
  on conflict (name) do update set weight = excluded.weight;
end
$$;

-- Where it is kept whether one of these is paused.
create function txq.table_of_pauses(caller text, queue text, kind text, tenant text) returns name
  language plpgsql immutable
  set search_path = pg_catalog, pg_temp
as $$
declare
  named integer := num_nonnulls(queue, kind, tenant);
  bytes integer := octet_length(coalesce(queue, kind, tenant));
begin
  if named <> 1 then
    raise exception '%: % of queue, kind and tenant are given; name one', caller, named
      using errcode = 'invalid_parameter_value';
  elsif bytes not between 1 and 128 then
    raise exception '%: the name has % bytes; it must have 1 to 128', caller, bytes
      using errcode = 'invalid_parameter_value';
  end if;
  return case when queue is not null then 'queues' when kind is not null then 'kinds' else 'tenants' end;
end
$$;

-- Lets no more jobs be claimed of a queue, a kind or a tenant, from the next claim on; those that run go on. Exactly one is
-- named. Returns since when it was paused before; null: it was not.
create function txq.pause(queue text default null, kind text default null, tenant text default null) returns timestamptz
  language plpgsql volatile security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  known  text := txq.table_of_pauses('txq.pause', queue, kind, tenant);
  wanted text := coalesce(queue, kind, tenant);
  since  timestamptz;
begin
  execute format('select paused_at from txq.%I where name = $1 for update', known) into since using wanted;
  execute format('insert into txq.%I as known (name, paused_at) values ($1, clock_timestamp()) '
                 'on conflict (name) do update set paused_at = coalesce(known.paused_at, excluded.paused_at)', known)
    using wanted;
  return since;
end
$$;

-- Lets them be claimed again, those that have waited as well, and notifies the workers. Returns since when it was paused;
-- null: it was not.
create function txq.resume(queue text default null, kind text default null, tenant text default null) returns timestamptz
  language plpgsql volatile security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  known  text := txq.table_of_pauses('txq.resume', queue, kind, tenant);
  wanted text := coalesce(queue, kind, tenant);
  since  timestamptz;
begin
  execute format('select paused_at from txq.%I where name = $1 and paused_at is not null for update', known)
    into since using wanted;
  if since is not null then
    execute format('update txq.%I set paused_at = null where name = $1', known) using wanted;
    execute format('delete from txq.%I as known where name = $1 '
                   'and jsonb_strip_nulls(to_jsonb(known)) = jsonb_build_object(''name'', name)', known) using wanted;
    -- What was passed over lies below the floors of workers; of a queue nothing was claimed, so its floors are right.
    if pg_notification_queue_usage() >= 0.95 then
      null; -- workers look by themselves
    elsif queue is null then
      perform pg_notify('txq_returned', '');
    else
      perform pg_notify('txq_jobs', queue);
    end if;
  end if;
  return since;
end
$$;

revoke all on function
  txq.place_served(text, smallint), txq.last_place_of(text, smallint, text, bigint),
  txq.take_places(text[], smallint[], text[]), txq.set_queue(text, boolean), txq.set_tenant(text, integer), txq.pause(text, text, text),
  txq.resume(text, text, text), txq.table_of_pauses(text, text, text, text)
from public;

insert into txq.migrations (side, number, name, oldest_program) values ('queue', 4, 'fairness', 1);
