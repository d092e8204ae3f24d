-- End jobs without success that wait, are held, or are dead and need no more attention.
--   $1 uuid[] ids, $2 text[] states: those that are in one of them; waiting, scheduled, ready, dead and held can be
-- Returns the ids of those that are discarded now. Locks the rows that it updates; waits for those who are writing them.
with chosen as materialized (
  select id from txq.jobs where id = any ($1::uuid[]) and state::text = any ($2::text[]) and state in ('waiting', 'scheduled', 'ready', 'dead', 'held') order by id for update
)
update txq.jobs as job
set state = 'discarded', seq = null, finished_at = clock_timestamp()
from chosen
where job.id = any (array[chosen.id])
returning job.id;
