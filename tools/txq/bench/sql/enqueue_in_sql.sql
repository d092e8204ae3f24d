-- A job, as an application in SQL enqueues it.
--   $1 text kind, $2 jsonb payload, $3 text queue
-- Returns the job's id. Locks nothing but the row it adds.
select txq.enqueue($1::text, $2::jsonb, queue => $3::text);
