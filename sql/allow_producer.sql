-- Let a producer enqueue something, and nothing that it is not allowed; see txq.allow_producer.
--   $1 text producer, $2 text kind, $3 text queue (null: each)
-- Returns one row: added boolean. Locks txq.outbox exclusively for the first rule of all, waiting two seconds at most.
select txq.allow_producer($1::text, $2::text, $3::text) as added;
