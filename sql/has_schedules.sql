-- Whether this database has the tables of schedules.
-- Returns one row: known boolean. Locks nothing.
select to_regclass('txq.schedule_runs') is not null as known;
