-- The limits of some queues and kinds, and which workers hold slots of them.
--   $1 text[] queues, $2 text[] kinds
-- Returns a row per limit and worker, or one without a worker: id, scope, name, max_running (null: any
-- number), rate double precision: beginnings per second (null: any number), counted boolean: by admit_jobs rather than in slots,
-- by_payload boolean: whether its keys or costs are in payloads,
-- worker, wanted, slots, in order of limits and workers, and turn bigint: four seconds by this database's clock. Locks nothing.
select one.id, one.scope, one.name, one.max_running,
       one.starts / extract(epoch from one.period)::double precision as rate, one.counted,
       one.each not in ('', 'tenant') or one.cost is not null as by_payload,
       held.worker, held.wanted, held.slots,
       floor(extract(epoch from clock_timestamp()) / 4)::bigint as turn
from txq.limits as one
left join txq.limit_grants as held on held.limit_id = one.id
where (one.scope = 'queue' and one.name = any ($1::text[])) or (one.scope = 'kind' and one.name = any ($2::text[]))
order by one.id, held.worker;
