-- Forget jobs that ended without success long ago, with the errors of their attempts. Held ones stay for ever: a person
-- decides.
--   $1 bigint retention of discarded and cancelled jobs in milliseconds, $2 bigint that of dead ones (0: they stay until
--   somebody purges them), $3 integer limit for each state
-- Returns one row: deleted bigint. Locks the rows that it deletes; skips those that others are writing.
with chosen as materialized (
  select old.id
  from (values ('discarded'::txq.job_state, $1::bigint), ('cancelled', $1::bigint), ('dead', nullif($2::bigint, 0)))
         as kept (state, milliseconds)
  cross join lateral (
    select job.id from txq.jobs as job
    where job.state = kept.state and job.finished_at is not null
      and job.finished_at < now() - kept.milliseconds * interval '1 millisecond'
    order by job.finished_at
    limit $3::integer
    for update skip locked
  ) as old
), gone as (
  delete from txq.jobs as job using chosen where job.id = any (array[chosen.id]) returning job.id
), errors as (
  delete from txq.failed_attempts as attempt using gone where attempt.job_id = any (array[gone.id])
)
select count(*) as deleted from gone;
