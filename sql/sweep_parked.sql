-- Make parked jobs ready for which there is room although nobody has said so: see txq.sweep_parked.
--   $1 bigint limit and $2 text key: beyond these (0 and '': from the first on), $3 integer how many keys to look at
-- Returns one row: last_limit, last_key: the last that was looked at (null: there are no more; as it was: the next one has
-- more to release), released bigint. Locks keys that nobody else has locked, and the jobs that it makes ready.
select * from txq.sweep_parked($1::bigint, $2::text, $3::integer);
