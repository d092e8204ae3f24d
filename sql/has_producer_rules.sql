-- Whether the schema has rules about producers: it may be of an older release.
-- Returns one row: known boolean. Locks nothing.
select to_regclass('txq.producer_rules') is not null as known;
