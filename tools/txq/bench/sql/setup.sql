-- Makes what the bench needs beside the queue: a table that stands for the application's own, and the limits: loops inside
-- the server around the programs' statements, with no client that waits, reads or writes.
create schema txq_bench;
comment on schema txq_bench is 'made by txq bench';

create table txq_bench.orders (
  id       bigint generated always as identity primary key,
  customer bigint not null,
  note     text   not null,
  made_at  timestamptz not null default clock_timestamp()
);

-- Each statement in a function with its parameters, so that it is planned once per session, as the programs' are.

create function txq_bench.claim_jobs(bigint, text, text[], integer, boolean, bigint[], xid8,
                                     out got_ids uuid[], out got_fences bigint[], out got_last bigint)
  language plpgsql as $$
#variable_conflict use_column
declare
  got record;
begin
  for got in {{claim_jobs}} loop
    got_ids := array_append(got_ids, got.id);
    got_fences := array_append(got_fences, got.fence);
    got_last := greatest(got_last, got.seq);
  end loop;
end
$$;

create function txq_bench.complete_jobs(bigint, uuid[], bigint[]) returns integer language plpgsql as $$
#variable_conflict use_column
declare
  got  record;
  done integer := 0;
begin
  for got in {{complete_jobs}} loop
    done := done + 1;
  end loop;
  return done;
end
$$;

create function txq_bench.lock_jobs(bigint, text, text[], integer, bigint[], out got_rows tid[], out got_last bigint)
  language plpgsql as $$
#variable_conflict use_column
declare
  got record;
begin
  for got in {{lock_jobs}} loop
    got_rows := array_append(got_rows, got."row");
    got_last := greatest(got_last, got.seq);
  end loop;
end
$$;

create function txq_bench.complete_locked_jobs(tid[]) returns bigint language plpgsql as $$
#variable_conflict use_column
declare
  got record;
begin
  for got in {{complete_locked_jobs}} loop
    return got.jobs;
  end loop;
end
$$;

create function txq_bench.move_outbox(xid8, bigint, xid8[], bigint[], integer, bigint) returns record language plpgsql as $$
#variable_conflict use_column
declare
  got record;
begin
  for got in {{move_outbox}} loop
    return got;
  end loop;
end
$$;

create function txq_bench.record_batch(uuid, text, bigint, bigint, xid8, bigint, xid8[], bigint[], text, integer) returns boolean
  language plpgsql as $$
#variable_conflict use_column
declare
  got record;
begin
  for got in {{record_batch}} loop
    return got.written;
  end loop;
end
$$;

create function txq_bench.enqueue_job(uuid, text, text, smallint, integer, timestamptz, jsonb, jsonb, jsonb)
  returns void
  language plpgsql as $$
#variable_conflict use_column
begin
  {{enqueue_job}};
end
$$;

-- Claims and completes, batch by batch, until nothing is left: under locks, a transaction per batch, or with leases, which takes
-- two. Returns how many.
create procedure txq_bench.drain(worker bigint, queue text, kind text, batch integer, locked boolean, inout done bigint)
  language plpgsql as $$
declare
  got   record;
  floor bigint := 0;
begin
  done := 0;
  loop
    if locked then
      select *, got_rows is null as nothing into got
      from txq_bench.lock_jobs(worker, queue, array[kind], batch, array[0, 0, floor, 0]);
    else
      select *, got_ids is null as nothing into got
      from txq_bench.claim_jobs(worker, queue, array[kind], batch, false, array[0, 0, floor, 0], null);
      commit;
    end if;
    if got.nothing then
      exit when floor = 0;
      floor := 0; -- once more from the beginning
      continue;
    end if;
    floor := got.got_last;
    if locked then
      done := done + txq_bench.complete_locked_jobs(got.got_rows);
    else
      done := done + txq_bench.complete_jobs(worker, got.got_ids, got.got_fences);
    end if;
    commit;
  end loop;
end
$$;

-- Moves all that is in the outbox, batch by batch. Returns how many jobs.
create procedure txq_bench.relay(batch integer, inout moved bigint) language plpgsql as $$
declare
  itself uuid := gen_random_uuid(); -- the real source's place is not touched
  place  bigint := 0;
  txid   xid8 := '0';
  seq    bigint := 0;
  found  record;
begin
  moved := 0;
  -- what others have enqueued before was moved by their relay, and may lie there still
  txid := coalesce((select min(job.txid::text::bigint) from txq.outbox as job where job.queue = 'txq.bench'), 0)::text::xid8;
  loop
    found := txq_bench.move_outbox(txid, seq, '{}', '{}', batch, 8388608);
    exit when found.jobs = 0;
    txid := case when found.more then found.last_txid else found.xmax end;
    seq := case when found.more then found.last_seq else 0 end;
    place := place + 1;
    moved := moved + found.moved;
    perform txq_bench.record_batch(itself, 'bench', place, 1, txid, seq, '{}', '{}', 'bench', found.jobs::integer);
    commit;
  end loop;
  delete from txq.relay_batches where source = itself;
end
$$;

-- Transactions with one order each, and a job in each if `with_job`.
create procedure txq_bench.enqueue(number integer, with_job boolean, queue text, kind text, payload jsonb)
  language plpgsql as $$
begin
  for i in 1..number loop
    insert into txq_bench.orders (customer, note) values (i, 'two of the blue ones, please');
    if with_job then
      perform txq_bench.enqueue_job(txq.uuid_v7(), queue, kind, 2::smallint, 20, null, payload, null, null);
    end if;
    commit;
  end loop;
end
$$;

-- What a claim costs, as the server says itself, with the plan that the session has for it: lock_jobs must be prepared.
create function txq_bench.probe_claim(worker bigint, queue text, kind text, batch integer, floor bigint,
                                      out milliseconds float8, out buffers float8, out jobs float8) language plpgsql as $$
declare
  plan json;
begin
  execute format('explain (analyze, buffers, timing off, format json) execute lock_jobs(%L, %L, %L, %L, %L)',
                 worker, queue, array[kind], batch, array[0, 0, floor, 0]) into plan;
  milliseconds := (plan->0->>'Execution Time')::float8;
  buffers := (plan->0->'Plan'->>'Shared Hit Blocks')::float8 + (plan->0->'Plan'->>'Shared Read Blocks')::float8;
  jobs := (plan->0->'Plan'->>'Actual Rows')::float8;
end
$$;

-- Puts jobs into the queue without an outbox and a relay: as if they waited there for long. They are those of so many
-- tenants in turn, t0, t1 and so on; 0: of none.
create procedure txq_bench.fill(number bigint, delayed boolean, queue text, kind text, tenants integer) language plpgsql as $$
declare
  size   integer;
  whose  text[];
  places bigint[];
begin
  for done in 0..number - 1 by 100000 loop
    size := least(100000, number - done);
    whose := array(select case when fill.tenants > 0 then 't' || (done + i) % fill.tenants end from generate_series(0, size - 1) as i);
    places := case when not delayed
                   then txq.take_places(array_fill(fill.queue, array[size]), array_fill(2::smallint, array[size]), whose) end;
    insert into txq.jobs (id, operation_id, queue, kind, priority, state, seq, run_at, max_attempts, enqueued_at, payload, tenant)
    select fresh.id, fresh.id, fill.queue, fill.kind, 2, case when delayed then 'scheduled' else 'ready' end::txq.job_state,
           fresh.place, clock_timestamp() + case when delayed then interval '1 day' else interval '0' end, 20, clock_timestamp(),
           '{"n": 0}', fresh.tenant
    from (select txq.uuid_v7() as id, tenant, place from unnest(whose, places) as each (tenant, place)) as fresh;
    commit;
  end loop;
end
$$;
