-- Ready jobs at the head of a queue that no living worker knows how to run: one that has given a sign of life within
-- twice its lease.
--   $1 text queue, $2 integer how many rows to look at
-- Returns a row per kind: kind, jobs bigint (at least). Locks nothing.
with living as materialized (
  select kinds from txq.workers as worker
  where $1::text = any (queues)
    and coalesce((select beat.beat_at from txq.worker_beats as beat where beat.worker = worker.id order by beat.beat desc limit 1),
                 started_at) > clock_timestamp() - 2 * lease
)
select kind, count(*) as jobs
from (values (false), (true)) as among (suspects) -- a constant would be folded into what no index has
cross join lateral (
  select kind from txq.jobs
  where state = 'ready' and queue = $1::text and (crashes > 1) = among.suspects
  order by priority, seq
  limit $2::integer
) as head
where not exists (select from living where head.kind = any (living.kinds))
group by kind
order by kind;
