-- Make parked jobs ready for which others have made room by ending.
--   $1 bigint[] limits, $2 text[] keys: of which they held a place; one element per place
-- Returns one row: released bigint. Locks the keys, in their order, and the jobs that it makes ready.
select sum(txq.release_parked(ended.limit_id, ended.key, ended.places)) as released
from (select limit_id, key, count(*)::integer as places
      from unnest($1::bigint[], $2::text[]) as place (limit_id, key)
      group by limit_id, key order by limit_id, key collate "C") as ended;
