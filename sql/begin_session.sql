-- The first statement of a session, in the transaction that configures it: whatever the role's defaults are. A standby takes none
-- that are serializable, nor any that may write.
-- Returns nothing. Locks nothing.
set transaction isolation level read committed, not deferrable;
