-- Forget dead jobs, with the errors of their attempts.
--   $1 uuid[] ids, $2 timestamptz: only those that died before
-- Returns the ids of those that are gone. Locks those of them that are dead, waiting for those who are writing them.
with chosen as materialized (
  -- the state as a text, so that the planner is not tempted to look through all dead jobs for them
  select id, finished_at from txq.jobs where id = any ($1::uuid[]) and state::text = 'dead' order by id for update
), gone as (
  delete from txq.jobs as job
  using chosen
  where job.id = any (array[chosen.id]) and chosen.finished_at < $2::timestamptz
  returning job.id
), errors as (
  delete from txq.failed_attempts as attempt using gone where attempt.job_id = any (array[gone.id])
)
select id from gone;
