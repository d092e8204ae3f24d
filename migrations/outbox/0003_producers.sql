-- What producers may enqueue, where that is said of one: see docs/producers.md.

-- A producer that has rows here may enqueue what one of them allows, and nothing else; so may roles that are its members.
-- One that has none may enqueue everything.
create table txq.producer_rules (
  producer regrole not null,
  kind     text,             -- one that ends in * means all kinds that begin so; null: every kind
  queue    text,             -- the same for queues
  constraint kind_length  check (octet_length(kind) between 1 and 128),
  constraint queue_length check (octet_length(queue) between 1 and 128)
);
create unique index producer_rules_key on txq.producer_rules (producer, coalesce(kind, ''), coalesce(queue, ''));

-- Whether a pattern of the rules means a name.
create function txq.is_meant(pattern text, name text) returns boolean
  language sql immutable parallel safe
  return pattern is null or pattern = name
         or (right(pattern, 1) = '*' and starts_with(name, left(pattern, -1)));

-- True if a producer may enqueue this; fails with 42501 if not. Runs with the rights of the owner, so that a producer need
-- not be allowed to read the rules; hence it is told by its policy who that is.
create function txq.check_producer(producer name, kind text, queue text) returns boolean
  language plpgsql stable strict security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  if (select bool_or(txq.is_meant(rule.kind, check_producer.kind) and txq.is_meant(rule.queue, check_producer.queue))
      from txq.producer_rules as rule
      where pg_has_role(check_producer.producer, rule.producer, 'usage')) then
    return true;
  elsif not exists (select from txq.producer_rules as rule
                    where pg_has_role(check_producer.producer, rule.producer, 'usage')) then
    return true;
  end if;
  raise exception using errcode = 'insufficient_privilege',
    message = format('txq: the role %s may not enqueue jobs of the kind %s into the queue %s', producer, kind, queue),
    hint = 'What it may enqueue is shown by: txq producers list';
end
$$;

-- Policies are of no account until row security is switched on, with the first rule: until then they cost nothing. There is
-- no way around them with the rights of a producer, which can insert into txq.outbox alone and not into its partitions.
create policy enqueue on txq.outbox for insert with check (txq.check_producer(current_user, kind, queue));
create policy read    on txq.outbox for select using (true);
create policy adopt   on txq.outbox for update using (true);

-- The role of that name. Fails with 42704 if there is none, and with 55000 where row security does not bind it.
create function txq.producer_of(caller text, producer text) returns regrole
  language plpgsql stable
  set search_path = pg_catalog, pg_temp
as $$
declare
  found_role oid := (select oid from pg_roles where rolname = producer);
  table_owner oid := (select relowner from pg_class where oid = 'txq.outbox'::regclass);
begin
  if found_role is null then
    raise exception using errcode = 'undefined_object',
      message = format('%s: there is no role %s', caller, coalesce(quote_literal(left(producer, 64)), 'without a name'));
  elsif pg_has_role(found_role, table_owner, 'usage') or (select rolbypassrls from pg_roles where oid = found_role) then
    raise exception using errcode = 'object_not_in_prerequisite_state',
      message = format('%s: no rule binds %s, which is a superuser, an owner of the schema txq, or has bypassrls', caller, producer);
  end if;
  return found_role;
end
$$;

-- Lets a producer enqueue jobs of a kind and a queue (null: of each) and, from its first rule on, nothing that no rule
-- allows. Returns whether that is new. Only for the owner of the schema. The first rule of all producers together waits up to
-- two seconds for transactions that have enqueued, and makes others wait behind it; then it fails with 55P03.
create function txq.allow_producer(producer text, kind text default null, queue text default null) returns boolean
  language plpgsql volatile
  set search_path = pg_catalog, pg_temp
  set lock_timeout = '2s'
as $$
declare
  known regrole := txq.producer_of('txq.allow_producer', producer);
  bad   text := case when octet_length(kind) not between 1 and 128 then 'kind'
                     when octet_length(queue) not between 1 and 128 then 'queue' end;
begin
  if bad is not null then
    raise exception 'txq.allow_producer: % has % bytes; it must have 1 to 128', bad,
      octet_length(case bad when 'kind' then kind else queue end) using errcode = 'invalid_parameter_value';
  end if;
  insert into txq.producer_rules values (known, $2, $3) on conflict do nothing;
  if not found then
    return false;
  end if;
  if not (select relrowsecurity from pg_class where oid = 'txq.outbox'::regclass) then
    alter table txq.outbox enable row level security;
  end if;
  return true;
end
$$;

-- Takes one rule back. Returns whether there was one. The last rule of a producer stays, and this fails with 55000, because
-- without any it could enqueue everything.
create function txq.deny_producer(producer text, kind text default null, queue text default null) returns boolean
  language plpgsql volatile
  set search_path = pg_catalog, pg_temp
as $$
declare
  known regrole := (select oid from pg_roles where rolname = deny_producer.producer);
begin
  -- one at a time: two that each leave the other's rule would leave none
  lock table txq.producer_rules in share row exclusive mode;
  delete from txq.producer_rules as rule
  where rule.producer = known and rule.kind is not distinct from $2 and rule.queue is not distinct from $3;
  if found and not exists (select from txq.producer_rules as rule where rule.producer = known) then
    raise exception using errcode = 'object_not_in_prerequisite_state',
      message = format('txq.deny_producer: that is the last rule of %s, which could enqueue everything without', $1),
      hint = 'To let it do so: txq producers remove. To let it enqueue nothing, revoke insert on txq.outbox from it.';
  end if;
  return found;
end
$$;

-- Takes back all rules of a producer, or by its number of a role that is no more: it may enqueue everything again. Returns how many there
-- were. The last rule of all producers waits like the first: see txq.allow_producer.
create function txq.remove_producer_rules(producer text) returns integer
  language plpgsql volatile
  set search_path = pg_catalog, pg_temp
  set lock_timeout = '2s'
as $$
declare
  removed integer;
begin
  lock table txq.producer_rules in share row exclusive mode;
  delete from txq.producer_rules as rule
  where $1 = coalesce((select rolname from pg_roles where oid = rule.producer::oid), rule.producer::oid::text);
  get diagnostics removed = row_count;
  if not exists (select from txq.producer_rules) then
    alter table txq.outbox disable row level security;
  end if;
  return removed;
end
$$;

revoke all on function
  txq.is_meant(text, text), txq.check_producer(name, text, text), txq.producer_of(text, text),
  txq.allow_producer(text, text, text), txq.deny_producer(text, text, text), txq.remove_producer_rules(text)
from public;

insert into txq.migrations (side, number, name, oldest_program) values ('outbox', 3, 'producers', 1);
