-- Make parked jobs ready for which others have made room by ending.
--   $1 bigint[] limits, $2 text[] keys, $3 bigint[] places: how many they held of each
-- Returns one row: released bigint. Locks the keys, in their order, and the jobs that it makes ready.
select sum(txq.release_parked(ended.limit_id, ended.key, ended.places)) as released
from (select limit_id, key, least(sum(places), 1000)::integer as places
      from unnest($1::bigint[], $2::text[], $3::bigint[]) as place (limit_id, key, places)
      group by limit_id, key order by limit_id, key collate "C") as ended;
