-- Lock those of some jobs that nobody else is writing, so that one that somebody keeps locked does not keep the others.
--   $1 uuid[] ids
-- Returns the ids of those that it has locked, ascending. Skips those that others have locked.
select id from txq.jobs where id = any ($1::uuid[]) order by id for update skip locked;
