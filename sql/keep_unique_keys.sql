-- Forget keys that stand for nothing any more: their job is over and so is their period. In the order of the table's key,
-- some at a time, from where the call before has got to.
--   $1 text after kind and $2 text after key (null: from the first), $3 integer how many to look at
-- Returns one row: deleted bigint; last_kind, last_key: where to look on, null when there are no more. Locks the rows that
-- it deletes; one that a relay gives to another job meanwhile stays.
with looked as materialized (
  select ctid, kind, key, job_id, kept_until from txq.unique_keys
  where (kind, key) > (coalesce($1::text, ''), coalesce($2::text, ''))
  order by kind, key
  limit $3::integer
), over as materialized (
  select ctid, job_id from looked
  where kept_until < now()
    -- not NOT EXISTS, which the planner may answer by reading the whole table once
    and (select true from txq.jobs as job where job.id = looked.job_id) is null
), gone as (
  delete from txq.unique_keys
  where ctid = any (array(select ctid from over)) and job_id = any (array(select job_id from over))
  returning kind
), last as (
  select kind, key from looked
  where (select count(*) from looked) >= $3::integer
  order by kind desc, key desc
  limit 1
)
select (select count(*) from gone) as deleted, (select kind from last) as last_kind, (select key from last) as last_key;
