-- The outbox side: what lies in every database whose transactions enqueue jobs.
--
-- txq.outbox is a ring of three tables. Inserts go to the slot that txq.outbox_turn points at; the relay reads rows and
-- never touches them; a slot whose rows have all been moved is truncated as a whole. So the application's database
-- never gets a dead row from its jobs.

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

-- Which outbox this is. A copy of the database keeps the id; the relay tells copies apart by the server's identity.
create table txq.outbox_source (
  id         uuid        not null default gen_random_uuid(),
  only_one   boolean     primary key default true check (only_one),
  created_at timestamptz not null default clock_timestamp()
);
insert into txq.outbox_source default values;

create sequence txq.outbox_turn as bigint minvalue 0 start 0;
select nextval('txq.outbox_turn');

-- Moved on by every relay batch and committed synchronously, so that what the relay read is on disk before it is
-- handed on; its value is the number of the last batch read.
create sequence txq.outbox_barrier as bigint minvalue 0 start 0;

create table txq.outbox (
  slot         smallint    not null default (pg_sequence_last_value('txq.outbox_turn'::regclass) % 3)::smallint,
  txid         xid8        not null default pg_current_xact_id(),
  seq          bigint      generated always as identity,
  id           uuid        not null,
  operation_id uuid        not null,
  queue        text        not null,
  kind         text        not null,
  priority     smallint    not null,
  max_attempts integer     not null,
  run_at       timestamptz,           -- null: as soon as possible
  payload      jsonb       not null,
  headers      jsonb,                 -- an object whose values are strings
  enqueued_at  timestamptz not null default clock_timestamp(),
  constraint queue_length          check (octet_length(queue) between 1 and 128),
  constraint kind_length           check (octet_length(kind) between 1 and 128),
  constraint priority_in_range     check (priority between 0 and 3),
  constraint max_attempts_in_range check (max_attempts between 1 and 1000),
  constraint run_at_is_finite      check (isfinite(run_at)),
  constraint headers_is_object     check (jsonb_typeof(headers) = 'object')
) partition by list (slot);

create table txq.outbox_0 partition of txq.outbox for values in (0);
create table txq.outbox_1 partition of txq.outbox for values in (1);
create table txq.outbox_2 partition of txq.outbox for values in (2);

-- The only index. The relay reads along it; inserts append at its right edge.
create index outbox_position on txq.outbox (txid, seq);

-- Rows are never updated, so there is nothing for vacuum to do but to freeze what a long outage of the relay leaves.
alter table txq.outbox_0 set (autovacuum_vacuum_insert_threshold = -1);
alter table txq.outbox_1 set (autovacuum_vacuum_insert_threshold = -1);
alter table txq.outbox_2 set (autovacuum_vacuum_insert_threshold = -1);

-- A 128-bit id in time order (RFC 9562, version 7).
create function txq.uuid_v7() returns uuid
  language sql volatile parallel safe
  set search_path = pg_catalog, pg_temp
as $$
  -- 48 bits of milliseconds, then a random (version 4) id's bits with the version set to 7
  select encode(
    set_byte(
      overlay(uuid_send(gen_random_uuid())
              placing substring(int8send(floor(extract(epoch from clock_timestamp()) * 1000)::bigint) from 3)
              from 1 for 6),
      6, (get_byte(uuid_send(gen_random_uuid()), 6) & 15) | 112),
    'hex')::uuid
$$;

-- The operation id that a name stands for: the name itself if it is a uuid, else a hash of kind and name (RFC 9562,
-- version 8). Its first byte is ff, which sorts it behind every id in time order: see txq.processed_jobs.
create function txq.operation_id(kind text, name text) returns uuid
  language sql immutable strict parallel safe
  set search_path = pg_catalog, pg_temp
as $$
  select case
    when name ~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' then name::uuid
    else (select encode(set_byte(set_byte(set_byte(hash, 0, 255), 6, (get_byte(hash, 6) & 15) | 128),
                                 8, (get_byte(hash, 8) & 63) | 128), 'hex')::uuid
          from (select substring(sha256(convert_to(octet_length(kind) || ':' || kind || name, 'UTF8')) for 16)) as h(hash))
  end
$$;

-- Enqueues a job in the caller's transaction and returns its id. The job is run if and only if that transaction commits.
--   queue         which workers may take it
--   priority      0 (the most urgent) to 3
--   run_at, delay not before this time; not both
--   max_attempts  attempts before the job is dead, 1 to 1000
--   operation_id  what makes a second run of the same operation harmless: a uuid, or any name that is unique within
--                 the kind; default: the job's id
--   headers       an object of strings, handed to the handler
-- The payload may have txq.payload_limit bytes (a setting: `set txq.payload_limit = 1048576`), 256 KiB unless set.
create function txq.enqueue(
  kind         text,
  payload      jsonb,
  queue        text        default 'default',
  priority     integer     default 2,
  run_at       timestamptz default null,
  delay        interval    default null,
  max_attempts integer     default 20,
  operation_id text        default null,
  headers      jsonb       default null
) returns uuid
  language plpgsql volatile
  set search_path = pg_catalog, pg_temp
as $$
declare
  job     uuid := txq.uuid_v7();
  allowed integer := coalesce(nullif(current_setting('txq.payload_limit', true), ''), '262144')::integer;
  problem text := case
    when kind is null or kind = ''                   then 'kind is empty'
    when octet_length(kind) > 128                    then 'kind has ' || octet_length(kind) || ' bytes; the limit is 128'
    when queue is null or queue = ''                 then 'queue is empty'
    when octet_length(queue) > 128                   then 'queue has ' || octet_length(queue) || ' bytes; the limit is 128'
    when payload is null                             then 'payload is null; write ''{}'' for a job without arguments'
    when octet_length(payload::text) > allowed       then 'payload has ' || octet_length(payload::text) || ' bytes; the limit is ' || allowed
    when priority is null or priority not between 0 and 3 then 'priority is ' || coalesce(priority::text, 'null') || '; it must be 0 to 3'
    when max_attempts is null or max_attempts not between 1 and 1000 then 'max_attempts is ' || coalesce(max_attempts::text, 'null') || '; it must be 1 to 1000'
    when run_at is not null and delay is not null    then 'run_at and delay are both given; give one'
    when not isfinite(run_at)                        then 'run_at is ' || run_at::text || '; it must be a point in time'
    when delay < interval '0'                        then 'delay is ' || delay::text || '; it must not be negative'
    when operation_id = '' or octet_length(operation_id) > 512 then 'operation_id must have 1 to 512 bytes'
    when jsonb_typeof(headers) <> 'object'           then 'headers is not an object'
    when octet_length(headers::text) > 16384         then 'headers has ' || octet_length(headers::text) || ' bytes; the limit is 16384'
    when exists (select from jsonb_each(case when jsonb_typeof(headers) = 'object' then headers end) as h(name, value)
                 where h.name = '' or jsonb_typeof(h.value) <> 'string') then 'headers must be strings under names that are not empty'
  end;
begin
  if problem is not null then
    raise exception using errcode = 'invalid_parameter_value', message = 'txq.enqueue: ' || problem;
  end if;
  insert into txq.outbox (id, operation_id, queue, kind, priority, max_attempts, run_at, payload, headers)
  values (job, coalesce(txq.operation_id(kind, operation_id), job), queue, kind, priority, max_attempts,
          coalesce(run_at, clock_timestamp() + delay), payload, headers);
  return job;
end
$$;

-- Makes room in the ring: truncates slots all of whose rows have been moved, and says how many. All of them if nothing
-- has been written since the ring last turned; else one, unless there is an empty one, so that what has been moved
-- stays for a while: should the queue lose its last commits, it is moved again from here. A slot that somebody reads or
-- writes at the moment, or that a prepared transaction has written to, is left for another time.
--   Where the relay has got to: every row up to (position_txid, position_seq) has been moved, but those of the
--   transactions in late_txids, which were in progress then and of which the rows up to late_seqs have been moved.
create function txq.truncate_outbox(position_txid xid8, position_seq bigint, late_txids xid8[], late_seqs bigint[])
  returns integer
  language plpgsql volatile
  set search_path = pg_catalog, pg_temp
  set enable_seqscan = off
  set enable_bitmapscan = off
  set enable_hashjoin = off
  set enable_mergejoin = off
as $$
declare
  current_slot integer := pg_sequence_last_value('txq.outbox_turn'::regclass) % 3;
  all_of_them  boolean := pg_relation_size(('txq.outbox_' || current_slot)::regclass) = 0;
  slot         regclass;
  unmoved      boolean;
  truncated    integer := 0;
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'txq.truncate_outbox: an older snapshot than the lock would hide rows; use read committed';
  end if;
  for step in 1..2 loop
    slot := ('txq.outbox_' || (current_slot + step) % 3)::regclass;
    if pg_relation_size(slot) = 0 then
      exit when not all_of_them;
      continue;
    end if;
    begin
      -- From here on no transaction can be in progress that has written to the slot, so what is not visible is gone.
      execute format('lock table only %s in access exclusive mode nowait', slot);
      execute format('select exists (select from only %s as job where (job.txid, job.seq) > ($1, $2))
                          or exists (select from unnest($3, $4) as late (txid, seq) join only %s as job
                                     on job.txid = late.txid and job.seq > late.seq)', slot, slot)
        into unmoved using position_txid, position_seq, late_txids, late_seqs;
      continue when unmoved;
      execute format('truncate table only %s', slot);
      truncated := truncated + 1;
      exit when not all_of_them;
    exception when lock_not_available then
      null; -- in use: another time
    end;
  end loop;
  return truncated;
end
$$;

revoke all on function txq.uuid_v7(), txq.operation_id(text, text),
  txq.enqueue(text, jsonb, text, integer, timestamptz, interval, integer, text, jsonb),
  txq.truncate_outbox(xid8, bigint, xid8[], bigint[]) from public;

insert into txq.migrations (side, number, name, oldest_program) values ('outbox', 1, 'outbox', 1);
