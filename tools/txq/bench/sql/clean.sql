-- Removes every job of the bench and its record. A table that holds nothing else is truncated, if nobody uses it just now.
do $$
declare
  name    text;
  is_ours boolean;
begin
  foreach name in array array['txq.outbox', 'txq.jobs', 'txq.processed_jobs'] loop
    begin
      execute format('select not exists (select from %s where queue <> %L)', name, 'txq.bench') into is_ours;
      if is_ours then
        execute format('lock table %s in access exclusive mode nowait', name);
        execute format('select not exists (select from %s where queue <> %L)', name, 'txq.bench') into is_ours;
      end if;
      if is_ours then
        execute format('truncate table %s', name);
        continue;
      end if;
    exception when lock_not_available or insufficient_privilege then
      null; -- then they are deleted
    end;
    execute format('delete from %s where queue = %L', name, 'txq.bench');
  end loop;
  if to_regclass('txq_bench.orders') is not null then
    truncate txq_bench.orders;
  end if;
  delete from txq.queues where queues.name = 'txq.bench';
  with gone as (
    delete from txq.limits where limits.scope = 'queue' and limits.name = 'txq.bench' returning limits.id
  ), keys as (
    delete from txq.limit_keys as key using gone where key.limit_id = gone.id
  )
  delete from txq.limit_holds as hold using gone where hold.limit_id = gone.id;
  delete from txq.queue_progress where queue = 'txq.bench';
  delete from txq.worker_beats where worker in (select id from txq.workers where queues = '{txq.bench}');
  delete from txq.workers where queues = '{txq.bench}';
end
$$;
