do $txq$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = :'role') then
    create role :"role" login;
  end if;
end
$txq$;
