-- A report that does not end, or a BEGIN that was forgotten.
begin isolation level repeatable read;
select count(*) from txq_bench.orders;
