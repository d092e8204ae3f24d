-- What became of an enqueue that another job stands for, for operators.
--   $1 uuid id
-- Returns a row or none: job_id, outcome, settled_at. Locks nothing.
select job_id, outcome, settled_at from txq.unique_outcomes where id = $1::uuid;
