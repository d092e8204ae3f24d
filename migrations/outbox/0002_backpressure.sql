-- Queues that are full: an enqueue into one is refused, or warned. Said here by the relay, which looks at their depth, because
-- a transaction that enqueues must not ask, or wait for, the queue's database. See docs/backpressure.md.

-- Those that are full, as far as the relay knows. What it has not confirmed for a minute does not count any more: it may be
-- gone, and the queue empty.
create table txq.full_queues (
  queue     text        primary key,
  depth     bigint      not null,
  max_depth bigint      not null,
  refuses   boolean     not null, -- else an enqueue is only warned
  noted_at  timestamptz not null default clock_timestamp()
) with (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

-- How many they are. A sequence, because it is read by each enqueue, and that is a look at one page without a statement.
create sequence txq.fullness as bigint minvalue 0 start 0;

-- True; fails if the queue is full and refuses jobs. Warns of one that is full at most once a second and session.
create function txq.has_room(queue text) returns boolean
  language plpgsql volatile security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  found_full txq.full_queues;
  warned_at  text := to_char(clock_timestamp(), 'YYYYMMDDHH24MISS');
begin
  select * into found_full from txq.full_queues as known
  where known.queue = has_room.queue and known.noted_at > clock_timestamp() - interval '1 minute';
  if not found then
    return true;
  end if;
  if found_full.refuses then
    raise exception using errcode = 'configuration_limit_exceeded',
      message = format('txq.enqueue: queue "%s" is full: %s jobs or more wait in it, and it takes no more than %s',
                       has_room.queue, found_full.depth, found_full.max_depth),
      hint = 'Try again when workers have caught up. See docs/backpressure.md.';
  end if;
  if current_setting('txq.warned_at', true) is distinct from warned_at then
    perform set_config('txq.warned_at', warned_at, false);
    raise warning using message = format('txq.enqueue: queue "%s" is over its maximum depth: %s jobs or more wait in it',
                                         has_room.queue, found_full.depth);
  end if;
  return true;
end
$$;
revoke all on function txq.has_room(text) from public;

-- A domain, as for the other columns.
create domain txq.open_queue as text
  constraint length   check (octet_length(value) between 1 and 128)
  constraint has_room check (coalesce(pg_sequence_last_value('txq.fullness'::regclass), 0) = 0 or txq.has_room(value));
revoke all on domain txq.open_queue from public;
alter table txq.outbox alter column queue type txq.open_queue;

insert into txq.migrations (side, number, name, oldest_program) values ('outbox', 2, 'backpressure', 1);
