-- Settings that let the server forget what it has confirmed, or damage its tables, when its machine crashes.
-- Returns one row: settings text, such as `fsync = off, full_page_writes = off` (null: none). Locks nothing.
select string_agg(name || ' = off', ', ' order by name) as settings
from pg_settings
where name in ('fsync', 'full_page_writes') and setting = 'off';
