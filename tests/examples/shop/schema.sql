-- The shop's own tables. In a real shop `orders` and `receipts` are wherever its transactions are; the demo puts them
-- into one database or into two.

create table orders (
  id        bigint      primary key,
  placed_at timestamptz not null default clock_timestamp()
);

-- When the producer's commit of an order returned: microseconds of the machine's clock, as started_us below.
create table commits (
  order_id     bigint not null,
  committed_us bigint not null
);

-- What the handler of write_receipt writes in its transaction. No unique index: a second receipt must be seen, not refused.
create table receipts (
  order_id     bigint not null,
  operation_id uuid   not null,
  worker       text   not null,
  attempt      integer not null,
  started_us   bigint not null
);
