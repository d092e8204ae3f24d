-- The first statement of a transaction on a connection that is a pooler's: whatever the role's defaults are.
-- Returns nothing. Locks nothing.
set transaction isolation level read committed, read write, not deferrable;
