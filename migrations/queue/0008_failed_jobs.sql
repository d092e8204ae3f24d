-- What a person decides about jobs that have failed, for pages of applications in any language: see docs/errors.md.

-- Makes jobs ready again that are in this state, with all of their attempts, in `to_queue` (null: in the queue that each
-- is in), and notifies the workers of their queues. One that has an order_key waits for its turn, which workers see to.
-- Returns the ids of those that it has changed. Waits for those who are writing them.
create function txq.make_ready(ids uuid[], was txq.job_state, to_queue text) returns setof uuid
  language sql volatile
  set search_path = pg_catalog, pg_temp
as $$
  with chosen as materialized (
    select id, coalesce($3, queue) as queue, priority, tenant from txq.jobs
    where id = any ($1) and state = $2
    order by id
    for update
  ), place (given) as materialized (
    select txq.take_places(array_agg(queue order by id), array_agg(priority order by id), array_agg(tenant order by id))
    from chosen
    having count(*) > 0
  ), readied as (
    update txq.jobs as job
    set state = case when job.order_key is null then 'ready' else 'waiting' end::txq.job_state,
        seq = case when job.order_key is null then (select given from place)[chosen.n] end,
        run_at = clock_timestamp(), finished_at = null, attempt = 0, crashes = 0,
        redrives = least(32767, job.redrives + 1),
        queue = chosen.queue,
        came_from = nullif(coalesce(job.came_from, job.queue), chosen.queue)
    from (select id, queue, row_number() over (order by id) as n from chosen) as chosen
    where job.id = any (array[chosen.id])
    returning job.id, job.queue
  ), woken as (
    select pg_notify('txq_jobs', queue) from (select distinct queue from readied) as ready
    where pg_notification_queue_usage() < 0.95
  )
  select id from readied where (select count(*) from woken) >= 0
$$;
revoke all on function txq.make_ready(uuid[], txq.job_state, text) from public;

-- Makes dead jobs ready again, with all of their attempts, in `to_queue` (null: in the queue that each is in). Returns
-- the ids of those that it has changed: one that is in another state by now, or gone, is left as it is.
create function txq.redrive_jobs(ids uuid[], to_queue text default null) returns setof uuid
  language plpgsql volatile security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  if octet_length(to_queue) not between 1 and 128 then
    raise exception using errcode = 'invalid_parameter_value',
      message = 'txq.redrive_jobs: to_queue has ' || octet_length(to_queue) || ' bytes; it must have 1 to 128';
  end if;
  return query select txq.make_ready($1, 'dead', $2);
end
$$;
revoke all on function txq.redrive_jobs(uuid[], text) from public;

-- The same with held jobs.
create function txq.release_jobs(ids uuid[]) returns setof uuid
  language sql volatile security definer
  set search_path = pg_catalog, pg_temp
as $$
  select txq.make_ready($1, 'held', null)
$$;
revoke all on function txq.release_jobs(uuid[]) from public;

-- Ends jobs without success that are dead or held, or that wait. Returns the ids of those that it has changed.
create function txq.discard_jobs(ids uuid[]) returns setof uuid
  language sql volatile security definer
  set search_path = pg_catalog, pg_temp
as $$
  with chosen as materialized (
    select id from txq.jobs
    where id = any ($1) and state in ('waiting', 'scheduled', 'ready', 'dead', 'held')
    order by id
    for update
  )
  update txq.jobs as job
  set state = 'discarded', seq = null, finished_at = clock_timestamp()
  from chosen
  where job.id = any (array[chosen.id])
  returning job.id
$$;
revoke all on function txq.discard_jobs(uuid[]) from public;

-- Forgets jobs that have been dead for at least so long, with the errors of their attempts. Returns their ids. A negative
-- time is refused with SQLSTATE 22023.
create function txq.purge_jobs(ids uuid[], for_at_least interval default '0') returns setof uuid
  language plpgsql volatile security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  if $2 < '0' then
    raise exception 'txq.purge_jobs: for_at_least is %; it must be zero or more', $2 using errcode = 'invalid_parameter_value';
  end if;
  return query
  with chosen as materialized (
    -- the state as a text, so that the planner is not tempted to look through all dead jobs for them
    select job.id, job.finished_at from txq.jobs as job where job.id = any ($1) and job.state::text = 'dead' order by job.id for update
  ), gone as (
    delete from txq.jobs as job
    using chosen
    where job.id = any (array[chosen.id]) and chosen.finished_at <= clock_timestamp() - $2
    returning job.id
  ), errors as (
    delete from txq.failed_attempts as attempt using gone where attempt.job_id = any (array[gone.id])
  )
  select gone.id from gone;
end
$$;
revoke all on function txq.purge_jobs(uuid[], interval) from public;

insert into txq.migrations (side, number, name, oldest_program) values ('queue', 8, 'failed_jobs', 1);
