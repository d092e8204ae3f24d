-- Take back a rule about a producer that is not its last one; see txq.deny_producer.
--   $1 text producer, $2 text kind, $3 text queue (null: each)
-- Returns one row: found boolean. Locks txq.producer_rules against changes.
select txq.deny_producer($1::text, $2::text, $3::text) as found;
