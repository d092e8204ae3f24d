-- The place that was given out last to a job that became ready.
-- Returns one row: seq bigint. Locks nothing.
select coalesce(pg_sequence_last_value('txq.job_seq'::regclass), 0) as seq;
