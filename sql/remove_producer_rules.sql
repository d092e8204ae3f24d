-- Take back all rules about a producer; see txq.remove_producer_rules.
--   $1 text producer
-- Returns one row: removed integer. Locks txq.producer_rules against changes, and with the last rule of all txq.outbox
-- exclusively, waiting two seconds at most.
select txq.remove_producer_rules($1::text) as removed;
