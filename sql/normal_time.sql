-- What a person wrote for a point in time, in any form that PostgreSQL reads, as the database writes it.
--   $1 text
-- Returns one row: at timestamptz. Fails with a datetime error. Locks nothing.
select $1::text::timestamptz as at;
