-- What an application writes besides its jobs.
--   $1 bigint customer
-- Returns nothing. Locks nothing but the row it adds.
insert into txq_bench.orders (customer, note) values ($1::bigint, 'two of the blue ones, please');
