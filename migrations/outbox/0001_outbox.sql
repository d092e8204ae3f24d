-- The outbox side: what lies in every database whose transactions enqueue jobs.
--
-- txq.outbox is a ring of three tables. Inserts go to the slot that txq.outbox_turn points at; the relay reads rows and
-- never touches them; a slot whose rows have all been moved is truncated as a whole. So the application's database
-- never gets a dead row from its jobs.

do $$
begin
  if getdatabaseencoding() <> 'UTF8' then
    raise exception 'txq needs a database whose encoding is UTF8; that of % is %', current_database(), getdatabaseencoding();
  end if;
end
$$;

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
  id             uuid        not null default gen_random_uuid(),
  only_one       boolean     primary key default true check (only_one),
  created_at     timestamptz not null default clock_timestamp(),
  -- The last row, in reading order, that has been truncated: a queue that has gone back to before it cannot have it again.
  truncated_txid xid8        not null default '0',
  truncated_seq  bigint      not null default 0
);
insert into txq.outbox_source default values;

create sequence txq.outbox_turn as bigint minvalue 0 start 0;
do $$ begin perform nextval('txq.outbox_turn'); end $$;

-- Moved on by every relay batch and committed synchronously, so that what the relay read is on disk before it is
-- handed on; its value is the number of the last batch read.
create sequence txq.outbox_barrier as bigint minvalue 0 start 0;

-- What columns of the outbox may hold. Domains, because the checks of a table are prepared anew by each statement that
-- inserts, which was most of what an enqueue cost.
create domain txq.name         as text        constraint length   check (octet_length(value) between 1 and 128);
create domain txq.priority     as smallint    constraint in_range check (value between 0 and 3);
create domain txq.max_attempts as integer     constraint in_range check (value between 1 and 1000);
create domain txq.run_at       as timestamptz
  constraint in_range check (value >= '1970-01-01 00:00Z' and value < '2200-01-01 00:00Z');
create domain txq.headers      as jsonb       constraint is_object check (jsonb_typeof(value) = 'object');
create domain txq.rules        as jsonb       constraint is_object check (jsonb_typeof(value) = 'object');

-- A 128-bit id in time order (RFC 9562, version 7): a random one whose first half becomes the milliseconds, the version
-- and 12 bits more.
create function txq.uuid_v7() returns uuid
  language sql volatile parallel safe
  return encode(
    overlay(uuid_send(gen_random_uuid())
            placing int8send(((floor(date_part('epoch', clock_timestamp()) * 1000))::bigint << 16) | 28672 | (random() * 4095)::integer)
            from 1 for 8),
    'hex')::uuid;

-- One insert is one job. What has a default may be left out, so that an application's own statement can insert one
-- beside its rows: `with placed as (insert into orders ... returning id) insert into txq.outbox (kind, payload) select
-- 'send_receipt', jsonb_build_object('order_id', id) from placed`.
create table txq.outbox (
  slot         smallint    not null default (pg_sequence_last_value('txq.outbox_turn'::regclass) % 3)::smallint,
  txid         xid8        not null default pg_current_xact_id(),
  seq          bigint      generated always as identity,
  id           uuid        not null default txq.uuid_v7(),
  operation_id uuid,                   -- null: the id
  queue        txq.name    not null default 'default',
  kind         txq.name    not null,
  priority     txq.priority not null default 2,
  max_attempts txq.max_attempts not null default 20,
  run_at       txq.run_at,             -- null: as soon as possible
  payload      jsonb       not null,
  headers      txq.headers,            -- an object whose values are strings
  rules        txq.rules,              -- what most jobs have none of, by name: tenant, unique, order_key, order_goes_on
  enqueued_at  timestamptz not null default clock_timestamp()
) partition by list (slot);

create table txq.outbox_0 partition of txq.outbox for values in (0);
create table txq.outbox_1 partition of txq.outbox for values in (1);
create table txq.outbox_2 partition of txq.outbox for values in (2);

-- A large payload is written in half of the time with lz4, where the server has it: from PostgreSQL 14, if it was built so.
do $$
declare
  ring text;
begin
  foreach ring in array array['outbox', 'outbox_0', 'outbox_1', 'outbox_2'] loop
    execute format('alter table txq.%I alter payload set compression lz4', ring);
  end loop;
exception when feature_not_supported or syntax_error then null;
end
$$;

-- The only index. The relay reads along it; inserts append at its right edge.
create index outbox_position on txq.outbox (txid, seq);

-- Rows are never updated, so there is nothing for vacuum to do but to freeze what a long outage of the relay leaves.
alter table txq.outbox_0 set (autovacuum_vacuum_insert_threshold = -1);
alter table txq.outbox_1 set (autovacuum_vacuum_insert_threshold = -1);
alter table txq.outbox_2 set (autovacuum_vacuum_insert_threshold = -1);

-- Jobs that the relay could not move, because the queue's database or this one refuses to read or write what they hold.
-- For a person to look at: to move one after all, insert it into txq.outbox again.
create table txq.outbox_rejected (
  id           uuid        primary key,
  operation_id uuid        not null,
  queue        text        not null,
  kind         text        not null,
  priority     smallint    not null,
  max_attempts integer     not null,
  run_at       timestamptz,
  payload      jsonb       not null,
  headers      jsonb,
  rules        jsonb,
  enqueued_at  timestamptz not null,
  why          text        not null,
  rejected_at  timestamptz not null default clock_timestamp()
);

-- The operation id that a name stands for: the name itself if it is a uuid, else a hash of kind and name (RFC 9562,
-- version 8). Its first byte is ff, which sorts it behind every id in time order: see txq.processed_jobs.
-- One expression, so that it is inlined: called as a function it would double the cost of an enqueue.
create function txq.operation_id(kind text, name text) returns uuid
  language sql stable parallel safe
  return case
    when name ~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' then name::uuid
    else encode(
      set_byte(set_byte(set_byte(
        substring(sha256(convert_to(octet_length(kind) || ':' || kind || name, 'UTF8')) for 16),
        0, 255), 6, 128), 8, 128),
      'hex')::uuid
  end;

-- The same payload, unless nobody could read it: what has more than 64 MiB unpacked may have more than a gigabyte as text, since escapes
-- make six bytes of one. Only what an application has inserted by itself is as large. || unpacks what is stored compressed.
create function txq.readable(payload jsonb) returns jsonb
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
declare
  bytes constant integer := pg_column_size(payload || '{}');
begin
  if bytes > 67108864 then
    raise exception 'a payload has % bytes; what has more than 67108864 is not moved', bytes using errcode = 'program_limit_exceeded';
  end if;
  return payload;
end
$$;

-- What is wrong with a job's headers; null if nothing is.
create function txq.headers_problem(headers jsonb) returns text
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
begin
  if jsonb_typeof(headers) <> 'object' then
    return 'headers are not an object but of type ' || jsonb_typeof(headers);
  elsif exists (select from jsonb_object_keys(headers) as name where name = '') then
    return 'headers have an empty name';
  elsif exists (select from jsonb_each(headers) as header (name, value) where jsonb_typeof(value) <> 'string') then
    return 'headers have a value that is not a string';
  elsif octet_length(headers::text) > 16384 then
    return 'headers, written as JSON, have ' || octet_length(headers::text) || ' bytes; the limit is 16384';
  end if;
  return null;
end
$$;

-- What is wrong with a rule that makes jobs one; null if nothing is.
create function txq.unique_problem(unique_by jsonb, payload jsonb) returns text
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
declare
  known   text[] := '{key, fields, within_ms, states, on_conflict, at_most_ms}';
  unknown text;
begin
  if jsonb_typeof(unique_by) <> 'object' then
    return 'unique: it is not an object but of type ' || jsonb_typeof(unique_by);
  end if;
  select name into unknown from jsonb_object_keys(unique_by) as name where name <> all (known) limit 1;
  return 'unique: ' || case
    when unknown is not null then
      quote_literal(left(unknown, 64)) || ' means nothing; it can have ' || array_to_string(known, ', ')
    when exists (select from jsonb_each(unique_by) as one where one.value = 'null') then
      (select one.key || ' is null; leave it out' from jsonb_each(unique_by) as one where one.value = 'null' limit 1)
    when (unique_by ? 'key') = (unique_by ? 'fields') then 'give either a key or fields'
    when jsonb_typeof(unique_by->'key') <> 'string' then 'the key is not a string'
    when octet_length(unique_by->>'key') not between 1 and 512 then
      'the key has ' || octet_length(unique_by->>'key') || ' bytes; it must have 1 to 512'
    when jsonb_typeof(unique_by->'fields') <> 'array' then 'fields are not an array of names'
    when jsonb_array_length(unique_by->'fields') not between 1 and 16 then
      'there are ' || jsonb_array_length(unique_by->'fields') || ' fields; there can be 1 to 16'
    when exists (select from jsonb_array_elements(unique_by->'fields') as field
                 where jsonb_typeof(field) <> 'string' or octet_length(field #>> '{}') not between 1 and 128) then
      'a field is not a name of 1 to 128 bytes'
    when jsonb_typeof(unique_by->'within_ms') <> 'number' or unique_by->>'within_ms' !~ '^[0-9]{1,13}$'
         or (unique_by->>'within_ms')::bigint not between 1 and 3153600000000 then
      'within_ms is ' || (unique_by->>'within_ms') || '; it must be 1 to 3153600000000 (36500 days)'
    when jsonb_typeof(unique_by->'states') <> 'array' or unique_by->'states' = '[]'
         or not unique_by->'states' <@ '["waiting", "running", "done"]' then
      'states are ' || (unique_by->>'states') || '; they must be some of waiting, running and done'
    when unique_by->'states' ? 'done' and not unique_by ? 'within_ms' then
      'jobs that are done count only within a period; give one'
    when not unique_by->'on_conflict' <@ '["keep", "replace", "postpone"]' or jsonb_typeof(unique_by->'on_conflict') <> 'string' then
      'on_conflict is ' || (unique_by->>'on_conflict') || '; it must be keep, replace or postpone'
    when unique_by ? 'at_most_ms' and unique_by->>'on_conflict' is distinct from 'postpone' then
      'at_most_ms bounds how long a job is postponed; give it with postpone'
    when jsonb_typeof(unique_by->'at_most_ms') <> 'number' or unique_by->>'at_most_ms' !~ '^[0-9]{1,13}$'
         or (unique_by->>'at_most_ms')::bigint not between 1 and 3153600000000 then
      'at_most_ms is ' || (unique_by->>'at_most_ms') || '; it must be 1 to 3153600000000 (36500 days)'
    when unique_by ? 'fields' then
      (select 'the payload has no field ' || name from jsonb_array_elements_text(unique_by->'fields') as name
       where jsonb_typeof(payload) <> 'object' or not payload ? name limit 1)
  end;
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
--   tenant        whose job it is, 1 to 128 bytes
--   unique_by     whether another job of this kind may stand for it, so that it does not become one of its own; an
--                 object with
--     key or fields  what makes them one: 1 to 512 bytes, or up to 16 names of what the payload has
--     within_ms      for how long a job stands for its key; default: for as long as it is in one of the states
--     states         some of waiting, running and done; default: waiting, or with keep and a period all of them
--     on_conflict    keep (the default) it as it is, or, if it waits, replace its payload and headers, or postpone it as well
--     at_most_ms     not postponed beyond this long after the job's own enqueue
--   order_key     jobs of a queue that have the same one, of 1 to 128 bytes, are run one after the other in the order in
--                 which they were enqueued; a null one has none
--   order_holds   whether those behind it wait for a person when the job is dead or held
-- Two settings are looked at, for a session (`set`) or a transaction (`set local`): txq.payload_limit, the most bytes
-- that a payload may have as text, 256 KiB unless set and 32 MiB at most; and txq.traceparent, which becomes the header
-- of that name if there is none.
-- What cannot be enqueued is refused with SQLSTATE 22023 and a message that names the argument and its limit. The C++
-- library refuses the same.
create function txq.enqueue(
  kind         text,
  payload      jsonb,
  queue        text        default 'default',
  priority     integer     default 2,
  run_at       timestamptz default null,
  delay        interval    default null,
  max_attempts integer     default 20,
  operation_id text        default null,
  headers      jsonb       default null,
  tenant       text        default null,
  unique_by    jsonb       default null,
  order_key    text        default null,
  order_holds  boolean     default true
) returns uuid
  language plpgsql volatile
  set search_path = pg_catalog, pg_temp
as $$
declare
  job           uuid := txq.uuid_v7();
  payload_limit text := coalesce(nullif(current_setting('txq.payload_limit', true), ''), '262144');
  traceparent   text := current_setting('txq.traceparent', true);
  payload_bytes integer := octet_length(payload::text);
  rules         jsonb;
  problem       text;
begin
  problem := case
    when kind is null or kind = '' then 'kind is empty; it must have 1 to 128 bytes'
    when octet_length(kind) > 128 then 'kind has ' || octet_length(kind) || ' bytes; the limit is 128'
    when queue is null or queue = '' then 'queue is empty; it must have 1 to 128 bytes'
    when octet_length(queue) > 128 then 'queue has ' || octet_length(queue) || ' bytes; the limit is 128'
    when priority is null or priority not between 0 and 3 then
      'priority is ' || coalesce(priority::text, 'null') || '; it must be 0 to 3'
    when max_attempts is null or max_attempts not between 1 and 1000 then
      'max_attempts is ' || coalesce(max_attempts::text, 'null') || '; it must be 1 to 1000'
    when run_at is not null and delay <> interval '0' then 'run_at and delay are both given; give one'
    when run_at < '1970-01-01 00:00Z' or run_at >= '2200-01-01 00:00Z' then
      'run_at must be a point in time of the years 1970 to 2199'
    when delay < interval '0' or delay > interval '36500 days' then 'delay is ' || delay || '; it must be 0 to 36500 days'
    when tenant = '' then 'tenant is empty; it must have 1 to 128 bytes'
    when octet_length(tenant) > 128 then 'tenant has ' || octet_length(tenant) || ' bytes; the limit is 128'
    when order_key = '' then 'order_key is empty; it must have 1 to 128 bytes'
    when octet_length(order_key) > 128 then 'order_key has ' || octet_length(order_key) || ' bytes; the limit is 128'
    when operation_id = '' or octet_length(operation_id) > 512 then
      'operation_id has ' || octet_length(operation_id) || ' bytes; it must have 1 to 512'
    when payload_limit !~ '^[0-9]{1,8}$' then
      'the setting txq.payload_limit is ' || payload_limit || '; it must be a number of bytes, 33554432 at most'
    when payload_limit::integer > 33554432 then
      'the setting txq.payload_limit is ' || payload_limit || '; it can be 33554432 at most'
    when payload is null then 'payload is null; write ''{}'' for a job without arguments'
    when payload_bytes > payload_limit::integer then
      'payload has ' || payload_bytes || ' bytes; the limit is ' || payload_limit || ' (txq.payload_limit)'
    when payload_bytes > 1024 and jsonb_path_exists(payload, 'strict $.**{512} ? (@.type() == "object" || @.type() == "array")') then
      'payload is nested deeper than 512 levels'
  end;
  if headers is not null and problem is null then
    problem := txq.headers_problem(headers);
  end if;
  if unique_by is not null and problem is null then
    problem := txq.unique_problem(unique_by, payload);
  end if;
  if problem is not null then
    raise exception using errcode = 'invalid_parameter_value',
      message = 'txq.enqueue' || coalesce(' of ' || nullif(left(kind, 128), ''), '') || ': ' || problem;
  end if;

  if traceparent ~ '^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$' then
    headers := jsonb_build_object('traceparent', traceparent) || coalesce(headers, '{}');
  end if;
  if coalesce(tenant, order_key, unique_by::text) is not null then
    rules := jsonb_strip_nulls(jsonb_build_object(
      'tenant', tenant, 'unique', unique_by, 'order_key', order_key,
      'order_goes_on', case when order_key is not null and not order_holds then true end));
  end if;
  insert into txq.outbox (id, operation_id, queue, kind, priority, max_attempts, run_at, payload, headers, rules)
  values (job, case when operation_id is not null then txq.operation_id(kind, operation_id) end, queue, kind, priority,
          max_attempts, coalesce(run_at, clock_timestamp() + nullif(delay, interval '0')), payload, nullif(headers, '{}'),
          rules);
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
  last_txid    xid8;
  last_seq     bigint;
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
      execute format('select txid, seq from only %s order by txid desc, seq desc limit 1', slot) into last_txid, last_seq;
      update txq.outbox_source set truncated_txid = last_txid, truncated_seq = last_seq
      where (truncated_txid, truncated_seq) < (last_txid, last_seq);
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

revoke all on function txq.uuid_v7(), txq.operation_id(text, text), txq.headers_problem(jsonb), txq.readable(jsonb),
  txq.unique_problem(jsonb, jsonb),
  txq.enqueue(text, jsonb, text, integer, timestamptz, interval, integer, text, jsonb, text, jsonb, text, boolean),
  txq.truncate_outbox(xid8, bigint, xid8[], bigint[]) from public;
revoke all on domain txq.name, txq.priority, txq.max_attempts, txq.run_at, txq.headers, txq.rules from public;

insert into txq.migrations (side, number, name, oldest_program) values ('outbox', 1, 'outbox', 1);
