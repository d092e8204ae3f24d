-- What producers may enqueue, of which that is said.
-- Returns a row per rule: producer (its number where the role is no more), kind, queue (null: each), in this order.
-- Locks nothing.
select coalesce((select rolname::text from pg_roles as role where role.oid = rule.producer::oid), rule.producer::oid::text) as producer,
       rule.kind, rule.queue
from txq.producer_rules as rule
order by 1, 2 nulls first, 3 nulls first;
