-- Limits for each tenant or each value of a payload's field, and limits whose jobs have a cost: see docs/limits.md. They are
-- counted here, when a worker has claimed a job and before its handler begins: see txq.admit_jobs.

-- What is known of a key. Whoever counts locks its row, and writes it only where beginnings are limited. Neither this nor
-- what follows refers to txq.limits: a transaction that changes limits must not keep jobs from being claimed.
create table txq.limit_keys (
  limit_id  bigint           not null,
  key       text collate "C" not null,      -- so that all who lock several do so in one order
  starts    double precision, -- what is left of its beginnings at filled_at; null: all of them
  filled_at timestamptz      not null default clock_timestamp(),
  next_at   timestamptz      not null default '-infinity', -- what begins until then is spoken for by jobs that are parked
  primary key (limit_id, key)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- Jobs that count. A row does for as long as its job runs under that fence, so that whatever ends the attempt, also that its
-- worker is found dead, ends this as well. What does not count any more is deleted when the key is counted again. Of a key those
-- of one group of threads count for no more than can run on these at once: the others wait there.
create table txq.limit_holds (
  limit_id bigint  not null,
  key      text    collate "C" not null,
  job_id   uuid    not null,
  fence    bigint  not null,
  cost     integer not null,
  worker   bigint  not null,
  crew     integer not null, -- which of the worker's groups of threads
  threads  integer not null, -- that it has; a million where jobs have costs: then each counts
  primary key (limit_id, key, job_id, fence) -- so that a row that does not count any more never will again: whoever deletes it may
                                             -- look at its job before another attempt begins, and delete it afterwards
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

-- What batches of jobs hold that workers have claimed by locks (sql/lock_jobs.sql): in txq.jobs such jobs are ready. A row is
-- there from before the first of its handlers begins until the transaction that ends the batch, or until its worker is found dead.
-- With any_key they are places of whichever key, which count for each (txq.hold_any_key), and are there a moment longer, for the
-- batches that follow.
create table txq.limit_batches (
  limit_id bigint  not null,
  key      text    collate "C" not null,
  worker   bigint  not null references txq.workers (id) on delete cascade,
  locker   integer not null, -- of the worker's: each has one batch at a time
  places   bigint  not null check (places > 0),
  any_key  boolean not null default false,
  primary key (limit_id, any_key, key, worker, locker),
  constraint any_key_is_none check (key = '' or not any_key)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
create index limit_batches_locker on txq.limit_batches (worker, locker);

-- Jobs that were claimed while their key was at its limit. They are scheduled, for when there may be room for them, and made
-- ready before where there is, of a key the most urgent first and of those in the order of their places. A row is about its
-- job for as long as that has this fence and this run_at.
create table txq.parked_jobs (
  limit_id bigint      not null,
  key      text        collate "C" not null,
  priority smallint    not null,
  seq      bigint      not null, -- its place before
  job_id   uuid        not null,
  queue    text        not null,
  fence    bigint      not null,
  run_at   timestamptz not null,
  timed    boolean     not null, -- whether that is when its turn comes; else nobody knows when
  cost     integer     not null,
  primary key (limit_id, key, priority, seq, job_id)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
create index parked_jobs_job on txq.parked_jobs (job_id); -- for whoever makes one ready
create index parked_jobs_queue on txq.parked_jobs (queue); -- for whoever asks how deep a queue is

-- Deletes the rows of locked keys that do not count any more, but those that somebody else deletes just now.
create function txq.forget_ended(of_limits bigint[], of_keys text[]) returns void
  language plpgsql volatile
  set search_path = pg_catalog, pg_temp
  set enable_seqscan = off
  set enable_hashjoin = off
  set enable_mergejoin = off
  set jit = off
  set plan_cache_mode = force_generic_plan
as $$
begin
  delete from txq.limit_holds where ctid = any (array(
    select ended.ctid from txq.limit_holds as ended
    where ended.ctid = any (array(
      select held.ctid
      from unnest(of_limits, of_keys) as named (limit_id, key)
      cross join lateral (select hold.ctid, hold.job_id, hold.fence from txq.limit_holds as hold
                          where hold.limit_id = named.limit_id and hold.key = named.key offset 0) as held
      where (select case job.state when 'running' then job.fence end from txq.jobs as job where job.id = held.job_id) is distinct from held.fence))
    for update skip locked));
end
$$;

-- What is left of a key's beginnings at a moment.
create function txq.starts_left(of_limit txq.limits, known txq.limit_keys, at timestamptz) returns double precision
  language sql immutable
  set search_path = pg_catalog, pg_temp
as $$
  select least(of_limit.burst, coalesce(known.starts + greatest(0, extract(epoch from at - known.filled_at)::double precision)
                                                       * of_limit.starts / extract(epoch from of_limit.period)::double precision,
                                        of_limit.burst))
$$;

-- Which key of a limit a job is of, and what it counts there. A job without what `each` says is of the key ''; long keys
-- are told apart by their hash. Costs are whole, and 1 or more. Inlined in the statements that call it.
create function txq.limit_charge(each text, cost_of text, tenant text, payload jsonb)
  returns table (key text, cost integer)
  language sql stable parallel safe
begin atomic
  select case when octet_length(named.key) <= 256 then named.key
              else 'sha256:' || encode(sha256(convert_to(named.key, 'UTF8')), 'hex') end,
         case when jsonb_typeof(limit_charge.payload->substring(cost_of from 9)) = 'number'
              then greatest(1, least(1000000, ceil((limit_charge.payload->>substring(cost_of from 9))::numeric))) else 1 end::integer
  from (select coalesce(case limit_charge.each when '' then '' when 'tenant' then limit_charge.tenant
                                               else limit_charge.payload->>substring(limit_charge.each from 9) end, '') as key) as named;
end;

-- Locks keys in the order in which they are given, so that nobody else counts them until this transaction ends. One element
-- per key, in the order of limits and keys, whoever does so.
create function txq.lock_limit_keys(of_limits bigint[], of_keys text[]) returns void
  language plpgsql volatile
  set search_path = pg_catalog, pg_temp
  set enable_seqscan = off
  set jit = off
as $$
declare
  locked integer;
begin
  loop
    perform 1 from unnest(of_limits, of_keys) as named (limit_id, key) -- which comes out as it went in
    cross join lateral (select from txq.limit_keys as known
                        where known.limit_id = named.limit_id and known.key = named.key for update) as one;
    get diagnostics locked = row_count;
    exit when locked = coalesce(cardinality(of_limits), 0);
    -- new, or forgotten meanwhile
    insert into txq.limit_keys (limit_id, key)
    select named.limit_id, named.key from unnest(of_limits, of_keys) with ordinality as named (limit_id, key, which)
    order by named.which on conflict do nothing;
  end loop;
end
$$;

-- What is left of locked keys at a moment. One row per key: which it is of those given; most: what may run, burst and rate: of its
-- beginnings, in seconds; room and starts: how many more may run and begin; next_at: see txq.limit_keys. Null where there is
-- no such limit. Places that do not count any more are free only when txq.forget_ended has been called before.
create function txq.limit_room(of_limits bigint[], of_keys text[], moment timestamptz)
  returns table (which integer, most integer, burst double precision, rate double precision, room bigint, starts double precision, next_at timestamptz)
  language plpgsql volatile
  set search_path = pg_catalog, pg_temp
  set enable_seqscan = off
  set enable_hashjoin = off
  set enable_mergejoin = off
  set jit = off
  set plan_cache_mode = force_generic_plan
as $$
begin
  return query
    select named.which::integer, lim.max_running, lim.burst::double precision, lim.starts / extract(epoch from lim.period)::double precision,
           lim.max_running - (select coalesce(sum(crew.places), 0)::bigint
                              from (select least(sum(held.cost), max(held.threads)) as places from txq.limit_holds as held
                                    where held.limit_id = named.limit_id and held.key = named.key
                                    group by held.worker, held.crew) as crew)
                           - (select coalesce(sum(batch.places), 0)::bigint from txq.limit_batches as batch
                              where batch.limit_id = named.limit_id and batch.any_key = false and batch.key = named.key)
                           - of_any_key.places,
           case when lim.starts is not null then txq.starts_left(lim, locked.known, moment) end, (locked.known).next_at
    from unnest(of_limits, of_keys) with ordinality as named (limit_id, key, which)
    cross join lateral (select known from txq.limit_keys as known
                        where known.limit_id = named.limit_id and known.key = named.key offset 0) as locked
    join (select one.id, coalesce((select sum(batch.places) from txq.limit_batches as batch
                                   where batch.limit_id = one.id and batch.any_key = true), 0)::bigint as places
          from (select distinct id from unnest(of_limits) as given (id)) as one offset 0) as of_any_key on of_any_key.id = named.limit_id
    left join txq.limits as lim on lim.id = named.limit_id and lim.counted;
end
$$;

-- Which of the jobs that a worker has just claimed may begin, as far as limits by key and cost say. The others are parked:
-- they are scheduled, and the attempt does not count. One element per job: ids and fences of the attempts. crew: which of the
-- worker's groups of threads runs them, on so many threads.
-- Where jobs have costs, those that come in the same queue behind the first that is parked wait behind it, or it would never find room
-- for itself.
-- Returns a row per job that may begin, with the limits and keys of which it holds places until it ends, and how many: those are
-- what txq.release_parked is to be asked for then. Those that are not this worker's any more are left out.
-- Locks the jobs in the order of their ids, and then the keys in their order, so that those who do so wait for each other in a row.
-- Jobs and keys are looked up in subqueries that the planner does not take apart (LIMIT, OFFSET 0, FOR UPDATE), so that whatever the
-- statistics say each is one look.
create function txq.admit_jobs(worker bigint, ids uuid[], fences bigint[], crew integer, threads integer)
  returns table (job_id uuid, limit_ids bigint[], keys text[], places bigint[])
  language plpgsql volatile security definer
  set search_path = pg_catalog, pg_temp
  set enable_seqscan = off
  set enable_hashjoin = off
  set enable_mergejoin = off
  set jit = off
  set plan_cache_mode = force_generic_plan
as $$
declare
  parked_for constant interval := '1 hour'; -- at least, where nobody knows for how long
  patience   constant text := current_setting('lock_timeout');
  -- one element per job and limit that it is under
  a_job     uuid[];
  a_place   bigint[];   -- of the job among these
  a_seq     bigint[];
  a_queue   text[];
  a_priority smallint[];
  a_limit   bigint[];
  a_key     text[];
  a_which   integer[];  -- key, of the ones below
  a_cost    integer[];
  -- one element per key that these jobs are of
  k_limit   bigint[];
  k_key     text[];
  k_most    integer[];  -- of what runs, what costs more counts as this
  k_burst   double precision[]; -- what costs more begins when there is as much, and makes up for the rest afterwards
  k_rate    double precision[];
  k_room    bigint[];   -- how many more may run; null: any number
  k_starts  double precision[]; -- and begin
  k_next    timestamptz[];
  k_touched boolean[];
  k_wanted  bigint[];   -- what all of these jobs cost
  k_threads bigint[];   -- for how many jobs of a crew counts at most
  k_own     bigint[];   -- how many this one has
  k_waited  boolean[];  -- whether any are parked
  k_dear    boolean[];  -- whether jobs have costs: later ones do not use up what a dear one waits for
  k_first   bigint[];   -- of these, the first job that is parked: its seq (null: there is none), and what that is comparable with
  k_first_queue text[];
  k_first_priority smallint[];
  k_last    bigint[];   -- the last job that is parked, where beginnings are limited: its seq and priority
  k_last_priority smallint[];
  k_behind  timestamptz[]; -- when one may begin that waits behind those of these jobs that have been parked, and before the last
  -- the places that jobs get, and the jobs that get none
  h_which   integer[] := '{}';
  h_job     uuid[] := '{}';
  h_cost    integer[] := '{}';
  p_which   integer[] := '{}';
  p_job     uuid[] := '{}';
  p_cost    integer[] := '{}';
  p_until   timestamptz[] := '{}';
  one       record;
  which     integer;
  adds      bigint[];   -- how many places more a job makes its crew hold, of each of its keys
  lacks     integer;    -- of the keys of a job, the one for which it has to wait
  moment    timestamptz;
  until     timestamptz;
  enough    timestamptz; -- when enough of what it lacks has come in, and its turn is there
begin
  -- Somebody may have locked one of them since it was claimed, and not end. Keys are worth waiting for: whoever has them is counting.
  perform set_config('lock_timeout', case patience when '0' then '2s' else patience end, true);
  perform 1 from txq.jobs as job
  where job.id = any (ids) and job.worker = $1 order by job.id for update; -- its worker's: it runs
  perform set_config('lock_timeout', patience, true);

  select array_agg(asked.id), array_agg(asked.place), array_agg(asked.seq), array_agg(asked.queue), array_agg(asked.priority),
         array_agg(asked.limit_id), array_agg(asked.key), array_agg(asked.which::integer), array_agg(asked.cost)
  into a_job, a_place, a_seq, a_queue, a_priority, a_limit, a_key, a_which, a_cost
  from (
    select under.*, dense_rank() over (order by under.limit_id, under.key collate "C") as which
    from (
      select job.id, dense_rank() over (order by job.priority, job.seq, job.id) as place, job.seq, job.queue, job.priority, lim.id as limit_id,
             charge.key, charge.cost
      from unnest(ids, fences) as mine (id, fence)
      cross join lateral (select * from txq.jobs where id = mine.id and fence = mine.fence and jobs.worker = $1 limit 1) as job
      join txq.limits as lim on lim.counted and lim.name = case lim.scope when 'queue' then job.queue else job.kind end
      cross join lateral txq.limit_charge(lim.each, lim.cost, job.tenant, job.payload) as charge
    ) as under
  ) as asked;

  select array_agg(named.limit_id order by named.which), array_agg(named.key order by named.which)
  into k_limit, k_key
  from (select distinct asked.which, asked.limit_id, asked.key
        from unnest(a_which, a_limit, a_key) as asked (which, limit_id, key)) as named;

  perform txq.lock_limit_keys(k_limit, k_key);
  -- Now that the keys are locked nobody else counts or is counted, so what these statements see is what there is.
  perform txq.forget_ended(k_limit, k_key);
  moment := clock_timestamp();
  select array_agg(nullif(now_left.most, 0) order by now_left.which), array_agg(now_left.burst order by now_left.which),
         array_agg(now_left.rate order by now_left.which), array_agg(now_left.room order by now_left.which),
         array_agg(now_left.starts order by now_left.which), array_agg(now_left.next_at order by now_left.which),
         array_agg(false order by now_left.which)
  into k_most, k_burst, k_rate, k_room, k_starts, k_next, k_touched
  from txq.limit_room(k_limit, k_key, moment) as now_left;
  select array_agg(asked.cost order by asked.which) into k_wanted
  from (select each.which, sum(each.cost) as cost from unnest(a_which, a_cost) as each (which, cost) group by each.which) as asked;
  -- Where there is room for all of these jobs nobody has to know more.
  select array_agg(case when near.is then coalesce((
           select sum(held.cost) from txq.limit_holds as held
           where held.limit_id = named.limit_id and held.key = named.key and held.worker = $1 and held.crew = $4), 0) else 0 end order by named.which),
         array_agg(near.is and (select true from txq.parked_jobs as parked
                                where parked.limit_id = named.limit_id and parked.key = named.key limit 1) is not null order by named.which),
         array_agg(case when lim.cost is null then $5 else 1000000 end order by named.which),
         array_agg(lim.cost is not null order by named.which),
         array_agg(first.seq order by named.which), array_agg(first.queue order by named.which),
         array_agg(first.priority order by named.which), array_agg(last.seq order by named.which),
         array_agg(last.priority order by named.which), array_agg(null::timestamptz order by named.which)
  into k_own, k_waited, k_threads, k_dear, k_first, k_first_queue, k_first_priority, k_last, k_last_priority, k_behind
  from unnest(k_limit, k_key, k_room, k_wanted) with ordinality as named (limit_id, key, room, wanted, which)
  cross join lateral (select coalesce(named.room < named.wanted, false) as is offset 0) as near
  left join txq.limits as lim on lim.id = named.limit_id
  left join lateral (
    select parked.seq, job.queue, parked.priority
    from (select * from txq.parked_jobs
          where lim.cost is not null and limit_id = named.limit_id and parked_jobs.key = named.key
          order by priority, seq, parked_jobs.job_id
          limit 100) as parked -- whatever was cancelled meanwhile
    cross join lateral (select * from txq.jobs where id = parked.job_id limit 1) as job
    where job.state = 'scheduled' and job.fence = parked.fence and job.run_at = parked.run_at
    order by parked.priority, parked.seq, parked.job_id
    limit 1
  ) as first on true
  left join lateral (
    select parked.seq, parked.priority from txq.parked_jobs as parked
    where lim.starts is not null and parked.limit_id = named.limit_id and parked.key = named.key
    order by parked.priority desc, parked.seq desc
    limit 1
  ) as last on true;

  for one in
    select asked.job, min(asked.seq) as seq, min(asked.queue) as queue, min(asked.priority) as priority,
           array_agg(asked.which order by asked.which) as whichs, array_agg(asked.cost order by asked.which) as costs,
           -- what it counts of what runs, and what has to be left of the beginnings for it
           array_agg(least(asked.cost, k_most[asked.which]) order by asked.which) as places,
           array_agg(least(asked.cost, k_burst[asked.which]) order by asked.which) as needs
    from unnest(a_job, a_place, a_seq, a_queue, a_priority, a_which, a_cost) as asked (job, place, seq, queue, priority, which, cost)
    group by asked.job order by min(asked.place)
  loop
    lacks := null;
    adds := array_fill(null::bigint, array[cardinality(one.whichs)]);
    for n in 1 .. cardinality(one.whichs) loop
      which := one.whichs[n];
      adds[n] := least(k_own[which] + one.places[n], k_threads[which]) - least(k_own[which], k_threads[which]);
      -- behind others of its crew a job may begin without room, but not before those that wait for it
      if k_room[which] < adds[n] or (k_room[which] <= 0 and k_waited[which])
         or ((one.priority, one.seq) > (k_first_priority[which], k_first[which]) and one.queue = k_first_queue[which]) then
        lacks := n; -- whoever ends will say so
      elsif lacks is null and k_starts[which] < one.needs[n] then
        lacks := n;
      end if;
    end loop;

    if lacks is null then
      for n in 1 .. cardinality(one.whichs) loop
        which := one.whichs[n];
        if k_starts[which] is not null then
          k_starts[which] := k_starts[which] - one.costs[n];
          k_touched[which] := true;
        end if;
        if k_room[which] is not null then
          k_room[which] := k_room[which] - adds[n];
          k_own[which] := k_own[which] + one.places[n];
          h_which := h_which || which;
          h_job := h_job || one.job;
          h_cost := h_cost || one.places[n];
        end if;
      end loop;
      continue;
    end if;

    which := one.whichs[lacks];
    until := moment + parked_for * (1 + random());
    if k_starts[which] is not null
       and (k_room[which] is null or (k_room[which] >= adds[lacks] and not (k_room[which] <= 0 and k_waited[which]))) then
      enough := moment + greatest(0, one.needs[lacks] - k_starts[which]) / k_rate[which] * interval '1 second';
      if (one.priority, one.seq) < (k_last_priority[which], k_last[which]) then
        -- Its time had come, or it is to be run before those that wait. Behind the one before it: behind all of them it would let what
        -- has come in for it go to waste.
        enough := greatest(enough, k_behind[which], (
          select case when not parked.timed and parked.run_at > moment then moment + parked_for -- nor does it know when
                      else parked.run_at + parked.cost / k_rate[which] * interval '1 second' end
          from txq.parked_jobs as parked
          where parked.limit_id = k_limit[which] and parked.key = k_key[which] and (parked.priority, parked.seq) < (one.priority, one.seq)
          order by parked.priority desc, parked.seq desc
          limit 1));
        k_behind[which] := enough + one.costs[lacks] / k_rate[which] * interval '1 second';
      else
        enough := greatest(enough, k_next[which]);
        k_next[which] := least(enough + one.costs[lacks] / k_rate[which] * interval '1 second', moment + parked_for);
        k_touched[which] := true;
      end if;
      until := case when enough < moment + parked_for then enough else until end;
    end if;
    k_waited[which] := true;
    if k_dear[which] and (k_first[which] is null or (one.priority, one.seq) < (k_first_priority[which], k_first[which])) then
      k_first[which] := one.seq;
      k_first_queue[which] := one.queue;
      k_first_priority[which] := one.priority;
    end if;
    p_which := p_which || which;
    p_job := p_job || one.job;
    p_cost := p_cost || one.costs[lacks];
    p_until := p_until || until;
  end loop;

  insert into txq.limit_holds as held (limit_id, key, job_id, fence, cost, worker, crew, threads)
  select k_limit[place.which], k_key[place.which], job.id, job.fence, place.cost, $1, $4, k_threads[place.which]
  from unnest(h_which, h_job, h_cost) as place (which, job, cost)
  cross join lateral (select id, fence from txq.jobs where id = place.job limit 1) as job
  on conflict on constraint limit_holds_pkey
    do update set (cost, worker, crew, threads) = (excluded.cost, excluded.worker, excluded.crew, excluded.threads);

  update txq.limit_keys as counted_key
  set starts = left_now.starts, filled_at = moment, next_at = left_now.next_at
  from unnest(k_limit, k_key, k_starts, k_next, k_touched) as left_now (limit_id, key, starts, next_at, touched)
  cross join lateral (select ctid as row from txq.limit_keys
                      where limit_id = left_now.limit_id and key = left_now.key offset 0) as known
  where counted_key.ctid = known.row and left_now.touched;

  insert into txq.parked_jobs (limit_id, key, priority, seq, job_id, queue, fence, run_at, timed, cost)
  select k_limit[parked.which], k_key[parked.which], job.priority, job.seq, job.id, job.queue, job.fence, parked.until,
         parked.until < moment + parked_for, parked.cost
  from unnest(p_which, p_job, p_cost, p_until) as parked (which, job, cost, until)
  cross join lateral (select * from txq.jobs where id = parked.job limit 1) as job
  where not job.cancelling
  on conflict on constraint parked_jobs_pkey
    do update set (queue, fence, run_at, timed, cost) = (excluded.queue, excluded.fence, excluded.run_at, excluded.timed, excluded.cost);

  update txq.jobs as job
  set state = case when job.cancelling then 'cancelled' else 'scheduled' end::txq.job_state, seq = null,
      run_at = case when job.cancelling then job.run_at else parked.until end,
      finished_at = case when job.cancelling then clock_timestamp() end,
      attempt = job.attempt - 1, worker = null, claimed_at = null, cancelling = false
  from unnest(p_job, p_until) as parked (id, until)
  where job.id = any (array[parked.id]);

  -- not a join of the two, which would compare each job with each place
  return query
    select told.id, array_agg(k_limit[told.which]) filter (where told.which is not null),
           array_agg(k_key[told.which]) filter (where told.which is not null),
           array_agg(told.places) filter (where told.which is not null)
    from (select job.id, null::integer as which, null::bigint as places
          from unnest(ids, fences) as mine (id, fence)
          cross join lateral (select * from txq.jobs where id = mine.id and fence = mine.fence and jobs.worker = $1 limit 1) as job
          union all
          select place.job, place.which, place.cost from unnest(h_job, h_which, h_cost) as place (job, which, cost)) as told
    group by told.id;
end
$$;

-- Whether there is so much room in each of these limits that a locker may hold a place of whichever key for each of its threads:
-- that much several times, for every key, beside what others hold; what is held and not used must not keep others waiting.
-- It is never so where beginnings are limited, jobs have costs, or any wait for their key. Deletes what it finds of places
-- that do not count any more.
create function txq.has_ample_room(of_worker bigint, of_locker integer, threads integer, of_limits bigint[]) returns boolean
  language plpgsql volatile
  set search_path = pg_catalog, pg_temp
  set enable_seqscan = off
  set enable_hashjoin = off
  set enable_mergejoin = off
  set jit = off
  set plan_cache_mode = force_generic_plan
as $$
declare
  enough constant bigint  := 4; -- times as many places as threads are ample
  looks  constant integer := 1000; -- at so many rows: where more are counted it takes too long, and nobody knows
  lim    txq.limits;
  others bigint;
  most   bigint; -- that is held of any one key
  seen   bigint;
begin
  for lim in select one.* from unnest(of_limits) as named (id) cross join lateral (select * from txq.limits where limits.id = named.id) as one loop
    if lim.starts is not null or lim.cost is not null or lim.max_running < enough * threads
       or exists (select from txq.parked_jobs as parked where parked.limit_id = lim.id) then
      return false;
    end if;
    delete from txq.limit_holds where ctid = any (array(
      select ended.ctid from txq.limit_holds as ended
      where ended.ctid = any (array(
        select known.ctid from (select ctid, job_id, fence from txq.limit_holds where limit_id = lim.id limit looks) as known
        where (select case job.state when 'running' then job.fence end from txq.jobs as job where job.id = known.job_id) is distinct from known.fence))
      for update skip locked));
    select coalesce(sum(batch.places), 0) into others
    from txq.limit_batches as batch
    where batch.limit_id = lim.id and batch.any_key = true and (batch.worker, batch.locker) <> (of_worker, of_locker);
    select coalesce(max(used.places), 0), coalesce(sum(used.rows), 0) into most, seen
    from (select sum(one.places) as places, sum(one.rows) as rows
          from ((select held.key, least(sum(held.cost), max(held.threads)) as places, count(*) as rows
                 from (select * from txq.limit_holds where limit_id = lim.id limit looks) as held group by held.key, held.worker, held.crew)
                union all
                (select batch.key, batch.places, 1 from txq.limit_batches as batch
                 where batch.limit_id = lim.id and batch.any_key = false and (batch.worker, batch.locker) <> (of_worker, of_locker)
                 limit looks)) as one
          group by one.key) as used;
    if seen >= looks or lim.max_running - others - most < enough * threads then
      return false;
    end if;
  end loop;
  return true;
end
$$;

-- Whether a locker holds, of each of these limits, a place of whichever key for each of its threads: then its batches may begin
-- without being counted, since no more of their jobs run at once than there are threads. Takes what is missing of them, where
-- there is ample room; what it has it keeps as long as there is.
-- Nobody may be in the middle of counting while they are taken, or two would give the same room away: those who count have
-- this lock of the table weakly, by the rows that they lock. What is held already is looked at without it.
create function txq.hold_any_key(of_worker bigint, of_locker integer, threads integer, of_limits bigint[]) returns boolean
  language plpgsql volatile
  set search_path = pg_catalog, pg_temp
  set enable_seqscan = off
  set jit = off
as $$
declare
  missing bigint[];
begin
  if not txq.has_ample_room(of_worker, of_locker, threads, of_limits) then
    return false;
  end if;
  missing := array(
    select named.id from unnest(of_limits) as named (id)
    where not exists (select from txq.limit_batches as own
                      where own.limit_id = named.id and own.any_key = true and own.worker = of_worker and own.locker = of_locker
                        and own.places = threads)
    order by named.id);
  if missing = '{}' then
    return true;
  end if;
  begin
    lock table txq.limit_keys in exclusive mode;
  exception when lock_not_available then
    return false;
  end;
  if not txq.has_ample_room(of_worker, of_locker, threads, missing) then
    return false;
  end if;
  perform 1 from txq.workers as one where one.id = of_worker for key share; -- as in txq.admit_batch
  insert into txq.limit_batches as held (limit_id, any_key, key, worker, locker, places)
  select named.id, true, '', of_worker, of_locker, threads from unnest(missing) as named (id)
  on conflict on constraint limit_batches_pkey do update set places = excluded.places;
  return true;
end
$$;

-- Whether all jobs of a batch may begin that a worker has claimed by locks in another transaction, which is open: all or none, and
-- nothing is parked. Of a key the batch holds as many places as its jobs have, but no more than can run at once on so many threads. What its
-- jobs count as beginnings is gone. locker: which of the worker's; what it still holds from before is given back, also if they may not.
-- Jobs are given by their rows, or, where no limit asks for their payloads, as how many there are of a queue, kind and tenant;
-- none of these are only asked for together with the others. another: there will be more batches soon.
-- Returns a row if they may: the limits and keys, and how many places the batch holds of each until it ends; null or 0: none. Or,
-- with any_key, which is only if there will be another: it holds places of whichever key, of all limits of these queues and
-- kinds, and may keep them for other batches of the same ones.
-- Locks the keys in their order, but not the jobs. Fails with a violation of the foreign key for a worker that is not registered.
create function txq.admit_batch(worker bigint, locker integer, threads integer, locked tid[],
                                queues text[], kinds text[], tenants text[], jobs integer[], another boolean)
  returns table (limit_ids bigint[], keys text[], places bigint[], any_key boolean)
  language plpgsql volatile security definer
  set search_path = pg_catalog, pg_temp
  set enable_seqscan = off
  set enable_hashjoin = off
  set enable_mergejoin = off
  set jit = off
  set plan_cache_mode = force_generic_plan
as $$
declare
  all_limits bigint[];
  -- one element per key that these jobs are of
  k_limit   bigint[];
  k_key     text[];
  k_cost    bigint[];
  k_places  bigint[]; -- null: any number may run
  k_starts  double precision[];
  rated     boolean; -- whether any has beginnings that are limited
  asks_more boolean; -- whether any asks for payloads of jobs of which only the number is known here
  moment    timestamptz;
begin
  if another then
    all_limits := array(
      select distinct lim.id
      from (select job.queue, job.kind from (select * from txq.jobs where ctid = any (locked) offset 0) as job
            union
            select alike.queue, alike.kind from unnest(queues, kinds) as alike (queue, kind)) as named
      join txq.limits as lim on lim.counted and lim.name = case lim.scope when 'queue' then named.queue else named.kind end
      order by lim.id);
    if txq.hold_any_key($1, $2, threads, all_limits) then
      any_key := true;
      return next;
      return;
    end if;
  end if;

  select array_agg(wanted.limit_id), array_agg(wanted.key), array_agg(wanted.cost), array_agg(wanted.places), bool_or(wanted.unknown)
  into k_limit, k_key, k_cost, k_places, asks_more
  from (
    select charged.limit_id, charged.key, sum(charged.jobs * charged.cost) as cost,
           least(sum(charged.jobs * charged.places), threads * max(charged.places)::bigint) as places,
           bool_or(charged.unknown) as unknown
    from (
      select lim.id as limit_id, charge.key, 1::bigint as jobs, charge.cost, false as unknown,
             case when lim.max_running is not null then least(charge.cost, nullif(lim.max_running, 0)) end as places
      from (select * from txq.jobs where ctid = any (locked) offset 0) as job
      join txq.limits as lim on lim.counted and lim.name = case lim.scope when 'queue' then job.queue else job.kind end
      cross join lateral txq.limit_charge(lim.each, lim.cost, job.tenant, job.payload) as charge
      union all
      select lim.id, charge.key, alike.jobs, charge.cost, lim.each not in ('', 'tenant') or lim.cost is not null,
             case when lim.max_running is not null then 1 end
      from unnest(queues, kinds, tenants, admit_batch.jobs) as alike (queue, kind, tenant, jobs)
      join txq.limits as lim on lim.counted and lim.name = case lim.scope when 'queue' then alike.queue else alike.kind end
      cross join lateral txq.limit_charge(lim.each, null, alike.tenant, null) as charge
      where alike.jobs > 0
    ) as charged
    group by charged.limit_id, charged.key order by charged.limit_id, charged.key collate "C"
  ) as wanted;

  perform txq.lock_limit_keys(k_limit, k_key);
  perform 1 from txq.workers as one where one.id = $1 for key share; -- before its rows, as whoever finds it dead does
  delete from txq.limit_batches as batch where batch.worker = $1 and batch.locker = $2;
  if asks_more then -- a limit has changed since the worker has read it
    return;
  end if;
  if exists (select from unnest(k_limit, k_key) as named (limit_id, key)
             cross join lateral (select from txq.limits as lim
                                 where lim.id = named.limit_id and lim.cost is not null) as dear
             cross join lateral (select from txq.parked_jobs as parked
                                 where parked.limit_id = named.limit_id and parked.key = named.key limit 1) as waits) then
    return; -- which of them may begin before it txq.admit_jobs knows
  end if;
  moment := clock_timestamp();
  for looks in 1 .. 2 loop
    select array_agg(now_left.starts - k_cost[now_left.which] order by now_left.which), bool_or(now_left.starts is not null)
    into k_starts, rated
    from txq.limit_room(k_limit, k_key, moment) as now_left
    having coalesce(bool_and(coalesce(now_left.room >= k_places[now_left.which], true)
                             and coalesce(now_left.starts >= k_cost[now_left.which], true)), true);
    exit when found;
    if looks = 2 then
      return;
    end if;
    perform txq.forget_ended(k_limit, k_key); -- only then: mostly there is room enough
  end loop;

  insert into txq.limit_batches (limit_id, key, worker, locker, places)
  select wanted.limit_id, wanted.key, $1, $2, wanted.places
  from unnest(k_limit, k_key, k_places) as wanted (limit_id, key, places) where wanted.places > 0;

  if rated then
    update txq.limit_keys as counted_key set starts = left_now.starts, filled_at = moment
    from unnest(k_limit, k_key, k_starts) as left_now (limit_id, key, starts)
    cross join lateral (select ctid as row from txq.limit_keys
                        where limit_id = left_now.limit_id and key = left_now.key offset 0) as known
    where counted_key.ctid = known.row and left_now.starts is not null;
  end if;

  limit_ids := k_limit;
  keys := k_key;
  places := k_places;
  any_key := false;
  return next;
end
$$;

-- Lets jobs of a batch that have got a lease hold places of their own, in the transaction that has written it and in which what the
-- batch holds ends: ids and fences of their attempts. Returns a row for each that holds any, as txq.admit_jobs.
-- Takes no locks of keys: nobody who counts sees a moment at which neither the batch nor its jobs count.
create function txq.keep_places(worker bigint, ids uuid[], fences bigint[], crew integer, threads integer)
  returns table (job_id uuid, limit_ids bigint[], keys text[], places bigint[])
  language plpgsql volatile security definer
  set search_path = pg_catalog, pg_temp
  set enable_seqscan = off
  set enable_hashjoin = off
  set enable_mergejoin = off
  set jit = off
  set plan_cache_mode = force_generic_plan
as $$
begin
  return query
    with placed as (
      insert into txq.limit_holds as held (limit_id, key, job_id, fence, cost, worker, crew, threads)
      select lim.id, charge.key, job.id, job.fence, least(charge.cost, nullif(lim.max_running, 0)), $1, $4,
             case when lim.cost is null then $5 else 1000000 end
      from unnest(ids, fences) as mine (id, fence)
      cross join lateral (select * from txq.jobs where id = mine.id and fence = mine.fence and jobs.worker = $1 limit 1) as job
      join txq.limits as lim on lim.counted and lim.name = case lim.scope when 'queue' then job.queue else job.kind end
      cross join lateral txq.limit_charge(lim.each, lim.cost, job.tenant, job.payload) as charge
      where lim.max_running is not null
      order by lim.id, charge.key collate "C", job.id -- in one order, whoever does so
      on conflict on constraint limit_holds_pkey
        do update set (cost, worker, crew, threads) = (excluded.cost, excluded.worker, excluded.crew, excluded.threads)
      returning held.job_id as job, held.limit_id as in_limit, held.key as of_key, held.cost as as_many
    )
    select placed.job, array_agg(placed.in_limit), array_agg(placed.of_key), array_agg(placed.as_many::bigint) from placed group by placed.job;
end
$$;

-- Lets those jobs count that run already, of a limit that has begun to count: for those that were claimed before anybody
-- asked txq.admit_jobs. Those that were claimed within the last second are left out, because their worker may be asking
-- just now; what counts already stays as it is. Returns how many were added.
create function txq.count_running_jobs(in_limit bigint) returns integer
  language plpgsql volatile security definer
  set search_path = pg_catalog, pg_temp
  set enable_seqscan = off
  set jit = off
as $$
declare
  added integer;
begin
  insert into txq.limit_holds as held (limit_id, key, job_id, fence, cost, worker, crew, threads)
  select lim.id, charge.key, job.id, job.fence, least(charge.cost, nullif(lim.max_running, 0)),
         job.worker, 0, 1000000 -- nobody knows of which crew it is: each counts
  from txq.limits as lim
  join txq.jobs as job on lim.name = case lim.scope when 'queue' then job.queue else job.kind end
  cross join lateral txq.limit_charge(lim.each, lim.cost, job.tenant, job.payload) as charge
  where lim.id = in_limit and lim.counted and lim.max_running is not null
    and job.state = 'running' and job.claimed_at < clock_timestamp() - interval '1 second'
  order by charge.key collate "C", job.id -- in one order, whoever does so
  on conflict on constraint limit_holds_pkey do nothing;
  get diagnostics added = row_count;
  return added;
end
$$;

-- Makes parked jobs of a key ready again, at their old places, as far as there is room for them, the most urgent first: at_most so
-- many. Of a limit that is no more all of them. Those of a paused queue, kind or tenant use up no room, since they will not begin.
-- Returns how many. Locks the key; passes over jobs that others have locked.
create function txq.release_parked(in_limit bigint, of_key text, at_most integer) returns integer
  language plpgsql volatile security definer
  set search_path = pg_catalog, pg_temp
  set enable_seqscan = off
  set jit = off
  set enable_hashjoin = off
  set enable_mergejoin = off
as $$
declare
  what     txq.limits;
  room     double precision; -- for what runs
  left_now double precision; -- of the beginnings
  place    integer;
  one      txq.parked_jobs;
  job      txq.jobs;
  paused   boolean;
  released integer := 0;
  begin_now integer := 0; -- those of them that are not paused
  queues   text[] := '{}';
begin
  -- for each job that has ended: the general way alone took 17 µs of the server more
  perform 1 from txq.limit_keys as known where known.limit_id = in_limit and known.key = of_key for update;
  if not found then
    perform txq.lock_limit_keys(array[in_limit], array[of_key]);
  end if;
  -- after the lock: whoever parks a job does so under it
  if not exists (select from txq.parked_jobs as parked where parked.limit_id = in_limit and parked.key = of_key) then
    return 0;
  end if;
  select * into what from txq.limits as lim where lim.id = in_limit and lim.counted;
  perform txq.forget_ended(array[in_limit], array[of_key]);
  select coalesce(now_left.room::double precision, 'infinity'), coalesce(now_left.starts, 'infinity') into room, left_now
  from txq.limit_room(array[in_limit], array[of_key], clock_timestamp()) as now_left;
  for one in
    select * from txq.parked_jobs as parked where parked.limit_id = in_limit and parked.key = of_key
    order by parked.priority, parked.seq, parked.job_id limit 1000
  loop
    select * into job from txq.jobs as each where each.id = one.job_id;
    if found and job.state = 'scheduled' and job.fence = one.fence and job.run_at = one.run_at then
      place := least(one.cost, nullif(what.max_running, 0));
      paused := exists (select from txq.queues as each where each.name = job.queue and each.paused_at is not null)
                or exists (select from txq.kinds as each where each.name = job.kind and each.paused_at is not null)
                or exists (select from txq.tenants as each where each.name = job.tenant and each.paused_at is not null);
      exit when not paused and (place > room or least(one.cost, what.burst) > left_now or begin_now >= at_most);
      perform 1 from txq.jobs as each
      where each.id = one.job_id and each.state = 'scheduled' and each.fence = one.fence and each.run_at = one.run_at
      for update skip locked;
      continue when not found;
      update txq.jobs as each set state = 'ready', seq = one.seq, run_at = clock_timestamp() where each.id = one.job_id;
      if not paused then
        room := room - place;
        left_now := left_now - one.cost;
        begin_now := begin_now + 1;
      end if;
      released := released + 1;
      if job.queue <> all (queues) then
        queues := queues || job.queue;
        if pg_notification_queue_usage() < 0.95 then
          perform pg_notify('txq_returned', job.queue);
        end if;
      end if;
    end if;
    delete from txq.parked_jobs as parked
    where parked.limit_id = in_limit and parked.key = of_key and parked.priority = one.priority and parked.seq = one.seq
      and parked.job_id = one.job_id;
  end loop;
  return released;
end
$$;

-- Goes through keys that have parked jobs, at_most so many beyond the one that is given, and releases what there is room
-- for: what a change of a limit has let go on, or somebody who died before he could. No more than a thousand jobs at a time, so
-- that the keys, which whoever runs their jobs waits for, are locked for some tenths of a second; those that others count just
-- now are passed over. Returns the last of these keys, or the one before it where that has more; null: there are no more.
create function txq.sweep_parked(inout last_limit bigint, inout last_key text, at_most integer, out released bigint)
  language plpgsql volatile security definer
  set search_path = pg_catalog, pg_temp
  set enable_seqscan = off
  set jit = off
as $$
declare
  jobs_at_once constant integer := 1000;
  parked_at txq.parked_jobs;
  got       integer;
begin
  released := 0;
  for n in 1 .. at_most loop
    select * into parked_at from txq.parked_jobs as parked
    where (parked.limit_id, parked.key) > (last_limit, last_key)
    order by parked.limit_id, parked.key limit 1;
    if not found then
      last_limit := null;
      last_key := null;
      exit;
    end if;
    perform 1 from txq.limit_keys as known
    where known.limit_id = parked_at.limit_id and known.key = parked_at.key for update skip locked;
    if found or not exists (select from txq.limit_keys as known
                            where known.limit_id = parked_at.limit_id and known.key = parked_at.key) then
      got := txq.release_parked(parked_at.limit_id, parked_at.key, jobs_at_once - released::integer);
      released := released + got;
      exit when got > 0 and released >= jobs_at_once; -- beyond the key before
    end if;
    last_limit := parked_at.limit_id;
    last_key := parked_at.key;
  end loop;
end
$$;

-- Forgets keys of which nothing runs and all may begin, and what does not count any more. Returns how many keys.
create function txq.keep_limit_keys(at_most integer) returns integer
  language plpgsql volatile security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  gone integer;
begin
  delete from txq.limit_holds as held
  where ctid = any (array(
    select old.ctid from txq.limit_holds as old
    where (select case job.state when 'running' then job.fence end from txq.jobs as job where job.id = old.job_id) is distinct from old.fence
    limit at_most));
  delete from txq.limit_keys as known
  where known.filled_at < clock_timestamp() - interval '10 minutes' -- asked again of a row that was written meanwhile
    and ctid = any (array(
      select idle.ctid from txq.limit_keys as idle left join txq.limits as lim on lim.id = idle.limit_id
      where idle.filled_at < clock_timestamp() - interval '10 minutes'
        and (idle.starts is null or lim.starts is null or txq.starts_left(lim, idle, clock_timestamp()) >= lim.burst)
        -- not EXISTS, which the planner may answer by reading the whole table for each key
        and (select true from txq.limit_holds as held where held.limit_id = idle.limit_id and held.key = idle.key limit 1) is null
        and (select true from txq.limit_batches as batch
             where batch.limit_id = idle.limit_id and batch.any_key = false and batch.key = idle.key limit 1) is null
        and (select true from txq.parked_jobs as parked where parked.limit_id = idle.limit_id and parked.key = idle.key limit 1) is null
      limit at_most for update of idle skip locked));
  get diagnostics gone = row_count;
  return gone;
end
$$;

revoke all on function
  txq.lock_limit_keys(bigint[], text[]),
  txq.limit_room(bigint[], text[], timestamptz), txq.starts_left(txq.limits, txq.limit_keys, timestamptz),
  txq.limit_charge(text, text, text, jsonb), txq.admit_jobs(bigint, uuid[], bigint[], integer, integer), txq.admit_batch(bigint, integer, integer, tid[], text[], text[], text[], integer[], boolean),
  txq.has_ample_room(bigint, integer, integer, bigint[]), txq.hold_any_key(bigint, integer, integer, bigint[]),
  txq.forget_ended(bigint[], text[]), txq.keep_places(bigint, uuid[], bigint[], integer, integer), txq.count_running_jobs(bigint),
  txq.release_parked(bigint, text, integer), txq.sweep_parked(bigint, text, integer), txq.keep_limit_keys(integer)
from public;

insert into txq.migrations (side, number, name, oldest_program) values ('queue', 6, 'limits_by_key', 1);
