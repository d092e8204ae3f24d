-- An application that has written and does not commit.
begin;
insert into txq_bench.orders (customer, note) values (1, '');
