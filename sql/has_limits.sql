-- Whether this database has the tables of limits.
-- Returns one row: known boolean. Locks nothing.
select to_regclass('txq.limit_grants') is not null as known;
