-- A transaction that was prepared and that nobody ends.
begin;
insert into txq_bench.orders (customer, note) values (1, '');
prepare transaction 'txq_bench';
