-- Forget what became of enqueues long ago that became no jobs of their own.
--   $1 bigint retention in milliseconds, $2 integer limit
-- Returns one row: deleted bigint. Locks the rows that it deletes, which nobody else writes.
with gone as (
  delete from txq.unique_outcomes
  where ctid = any (array(select ctid from txq.unique_outcomes
                          where settled_at < now() - $1::bigint * interval '1 millisecond'
                          order by settled_at limit $2::integer))
  returning id
)
select count(*) as deleted from gone;
