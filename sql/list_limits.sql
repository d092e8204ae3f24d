-- All limits, and what workers hold of them.
-- Returns a row per limit: scope, name, max_running, starts, period_ms bigint, burst, slots: that workers hold, workers: that hold any, wanting: that could
-- use more than they hold. Locks nothing.
select one.scope, one.name, one.max_running, one.starts,
       (extract(epoch from one.period) * 1000)::bigint as period_ms, one.burst, coalesce(sum(held.slots), 0) as slots,
       count(*) filter (where held.slots > 0) as workers, count(*) filter (where held.wanted > held.slots) as wanting
from txq.limits as one
left join txq.limit_grants as held on held.limit_id = one.id
group by one.id
order by one.scope desc, one.name;
