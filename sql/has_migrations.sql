-- Whether any migration of txq has been applied to this database.
-- Returns one row: migrated boolean. Locks nothing.
select to_regclass('txq.migrations') is not null as migrated;
