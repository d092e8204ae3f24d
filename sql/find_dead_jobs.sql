-- Dead jobs in the order of their death, some at a time.
--   $1 text queue, $2 text kind (null: all), $3 timestamptz before, $4 timestamptz after finished_at and $5 uuid after
--   id (null: from the first; otherwise where the call before has got to), $6 integer how many jobs to look at,
--   $7 integer limit, $8 text pattern of LIKE for the type of the last error (null: all), $9 text tenant (null: all)
-- Returns one row: ids uuid[] of those of the queue, kind, tenant and error type, jobs integer: how many these are, last_finished_at,
-- last_id: where to look on, null when there are no more. Locks nothing.
with looked as materialized (
  select id, queue, kind, tenant, finished_at
  from txq.jobs
  where state = 'dead' and finished_at is not null and finished_at < $3::timestamptz
    and (finished_at, id) > (coalesce($4::timestamptz, '-infinity'), coalesce($5::uuid, '00000000-0000-0000-0000-000000000000'))
  order by finished_at, id
  limit $6::integer
), found as materialized (
  select id, finished_at from looked
  where ($1::text is null or queue = $1::text) and ($2::text is null or kind = $2::text)
    and ($9::text is null or tenant = $9::text)
    and ($8::text is null or (select error_type from txq.failed_attempts as attempt
                              where attempt.job_id = looked.id order by attempt.fence desc limit 1) like $8::text)
  order by finished_at, id
  limit $7::integer
), last as (
  (select id, finished_at from found where (select count(*) from found) >= $7::integer
   order by finished_at desc, id desc limit 1)
  union all
  (select id, finished_at from looked where (select count(*) from looked) >= $6::integer
   order by finished_at desc, id desc limit 1)
  limit 1
)
select array(select id from found) as ids, (select count(*) from found)::integer as jobs,
       (select finished_at from last) as last_finished_at, (select id from last) as last_id;
