-- Note how far the jobs of fair queues have been claimed, from which new jobs get their places (txq.take_places).
--   One element per queue and priority: $1 text[] queues, $2 smallint[] priorities, $3 bigint[] seqs: the highest that was
--   claimed, $4 bigint[] before: what this worker has noted before (0: nothing)
-- Forgets what was noted between the two, a hundred rows of each at most. Returns nothing. Locks the rows that it deletes;
-- skips those that another worker is deleting.
with noted as (
  insert into txq.queue_progress (queue, priority, seq)
  select * from unnest($1::text[], $2::smallint[], $3::bigint[])
)
delete from txq.queue_progress
where ctid = any (array(
  select old.row
  from unnest($1::text[], $2::smallint[], $3::bigint[], $4::bigint[]) as one (queue, priority, seq, before)
  cross join lateral (
    select progress.ctid as row from txq.queue_progress as progress
    where progress.queue = one.queue and progress.priority = one.priority and progress.seq >= one.before
      and progress.seq < one.seq
    order by progress.seq limit 100
    for update skip locked
  ) as old
));
