-- How large the tables are, and what has ended without success.
--   $1 integer count no further than this per state
-- Returns one row: jobs_estimate, processed_estimate bigint (rows, by the statistics; null: not known),
-- dead, held, discarded, cancelled bigint and dead_more, held_more, discarded_more, cancelled_more boolean: whether there
-- are more than were counted. Locks nothing.
select nullif((select reltuples from pg_class where oid = 'txq.jobs'::regclass), -1)::bigint as jobs_estimate,
       (select sum(nullif(part.reltuples, -1)) from pg_partition_tree('txq.processed_jobs') as tree
        join pg_class as part on part.oid = tree.relid where tree.isleaf)::bigint as processed_estimate,
       least(dead.jobs, $1::integer) as dead, dead.jobs > $1::integer as dead_more,
       least(held.jobs, $1::integer) as held, held.jobs > $1::integer as held_more,
       least(discarded.jobs, $1::integer) as discarded, discarded.jobs > $1::integer as discarded_more,
       least(cancelled.jobs, $1::integer) as cancelled, cancelled.jobs > $1::integer as cancelled_more
from (select count(*) as jobs
      from (select from txq.jobs where state = 'dead' and finished_at is not null limit $1::integer + 1) as counted) as dead,
     (select count(*) as jobs
      from (select from txq.jobs where state = 'held' and finished_at is not null limit $1::integer + 1) as counted) as held,
     (select count(*) as jobs
      from (select from txq.jobs where state = 'discarded' and finished_at is not null limit $1::integer + 1) as counted) as discarded,
     (select count(*) as jobs
      from (select from txq.jobs where state = 'cancelled' and finished_at is not null limit $1::integer + 1) as counted) as cancelled;
