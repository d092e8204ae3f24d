-- Whether there are ready jobs of a limit's queue or kind, so that it is worth while to ask for slots.
--   $1 text scope (queue or kind), $2 text name, $3 text[] queues and $4 text[] kinds of the worker, $5 integer how many
--   rows to look at per queue and priority
-- Returns one row: waiting boolean, unseen boolean: whether there are rows that were not looked at. Locks nothing.
select coalesce(bool_or(head.found), false) as waiting, coalesce(bool_or(head.jobs >= $5::integer), false) as unseen
from unnest(case $1::text when 'queue' then array[$2::text] else $3::text[] end) as served (queue)
cross join generate_series(0, 3) as level (priority)
cross join (values (false), (true)) as among (suspects) -- a constant would be folded into what no index has
cross join lateral (
  select count(*) as jobs,
         bool_or(kind = any (case $1::text when 'kind' then array[$2::text] else $4::text[] end)) as found
  from (
    select job.kind from txq.jobs as job
    where job.state = 'ready' and job.queue = served.queue and (job.crashes > 1) = among.suspects
      and job.priority = level.priority
    order by job.seq
    limit $5::integer
  ) as first
) as head;
