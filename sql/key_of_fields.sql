-- The key that `unique` makes of fields, as txq.unique_key does.
--   $1 jsonb the fields of a payload with what they hold
-- Returns one row: key. Locks nothing.
-- On a connection of the application's: every name is qualified.
select case when pg_catalog.octet_length(fields) operator(pg_catalog.<=) 512 then fields
            else pg_catalog.concat('sha256:', pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(fields, 'UTF8')), 'hex'))
       end as key
from (select $1::pg_catalog.jsonb::pg_catalog.text as fields) as written;
