-- Jobs, the one that was enqueued last first, after those that have been listed.
--   $1 uuid after (null: from the first), $2 text queue, $3 text kind, $4 text state (null: all), $5 integer limit,
--   $6 integer how many jobs to look at, $7 text pattern of LIKE for the type of the last error (null: all),
--   $8 text[] keys: only the jobs that stand for them among those of the kind (null: all), $9 text tenant (null: all)
-- Returns id, queue, kind, state, priority, attempt, max_attempts, run_at, enqueued_at, claimed_at, finished_at,
-- cancelling, tenant, age_ms bigint since it was enqueued, state_ms bigint since it has been in its state (scheduled: until it
-- will be ready), error_type, message, severity, recoverable, source (of the last failed attempt; null: none), and last uuid: where to look on, null
-- when there are no more. One row with a null id if none was found. Locks nothing.
with rare as materialized (
  -- what is rare is found by its state's own index; what is not is found soon enough without
  (select id from txq.jobs where $4::text = 'ready' and state = 'ready' limit 2001)
  union all
  (select id from txq.jobs where $4::text = 'running' and state = 'running' limit 2001)
  union all
  (select id from txq.jobs where $4::text = 'waiting' and state = 'waiting' limit 2001)
  union all
  (select id from txq.jobs where $4::text = 'scheduled' and state = 'scheduled' limit 2001)
  union all
  (select id from txq.jobs where finished_at is not null and state = $4::text::txq.job_state limit 2001)
), is_rare (yes) as materialized (
  select $4::text is not null and count(*) <= 2000 from rare
), looked as materialized (
  select id, queue, kind, tenant, state from txq.jobs
  where $8::text[] is not null and id < coalesce($1::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
    and id = any (array(select job_id from txq.unique_keys as held where held.kind = $3::text and held.key = any ($8::text[])))
  union all
  select id, queue, kind, tenant, state from rare join txq.jobs using (id)
  where $8::text[] is null and (select yes from is_rare) and id < coalesce($1::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
  union all
  (select id, queue, kind, tenant, state from txq.jobs
   where $8::text[] is null and not (select yes from is_rare) and id < coalesce($1::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
   order by id desc
   limit $6::integer)
), found as materialized (
  select id from looked
  where ($2::text is null or queue = $2::text) and ($3::text is null or kind = $3::text)
    and ($9::text is null or tenant = $9::text)
    and ($4::text is null or state = $4::text::txq.job_state)
    and ($7::text is null or (select error_type from txq.failed_attempts as attempt
                              where attempt.job_id = looked.id order by attempt.fence desc limit 1) like $7::text)
  order by id desc
  limit $5::integer
), place (last) as (
  select case
    when (select count(*) from found) >= $5::integer then (select id from found order by id limit 1)
    when (select count(*) from looked) >= $6::integer then (select id from looked order by id limit 1)
  end
)
select job.id, job.queue, job.kind, job.state, job.priority, job.attempt, job.max_attempts, job.run_at, job.enqueued_at,
       job.claimed_at, job.finished_at, job.cancelling, job.tenant,
       (extract(epoch from clock_timestamp() - job.enqueued_at) * 1000)::bigint as age_ms,
       (extract(epoch from case job.state
          when 'scheduled' then job.run_at - clock_timestamp()
          when 'waiting' then clock_timestamp() - job.enqueued_at
          when 'ready' then clock_timestamp() - greatest(job.run_at, job.enqueued_at)
          when 'running' then clock_timestamp() - job.claimed_at
          else clock_timestamp() - job.finished_at
        end) * 1000)::bigint as state_ms,
       failed.error_type, failed.message, failed.severity, failed.recoverable, failed.source, place.last
from place
left join (found join txq.jobs as job using (id)) on true
left join lateral (
  select attempt.error_type, attempt.message, attempt.severity, attempt.recoverable, attempt.source
  from txq.failed_attempts as attempt
  where attempt.job_id = job.id order by attempt.fence desc limit 1
) as failed on true
order by job.id desc;
