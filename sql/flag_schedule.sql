-- Note why the times of a schedule cannot be understood.
--   $1 text name, $2 xid8 version: its changed_in when it was read, $3 text problem
-- Returns a row if that was not known yet: name. Locks the schedule's row; skips it if another one has.
update txq.schedules as schedule set problem = $3::text
where schedule.name = (select known.name from txq.schedules as known
                       where known.name = $1::text and known.changed_in = $2::xid8 and known.problem is null
                       for no key update skip locked)
returning schedule.name;
