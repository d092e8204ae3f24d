#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/process.hpp>

using txq::test::database;
using txq::test::process;

TEST_CASE("the program in docs enqueue.md enqueues what it says and is refused what it says") {
    database db{database::schema::outbox};
    process program{{"enqueue_page", db.url()}};
    CHECK(program.wait() == 0);
    CHECK(db.value("select string_agg(kind, ' ' order by seq) from txq.outbox") ==
          "send_receipt refresh_stock send_receipt send_receipt bill bill");
    CHECK(db.value("select count(*) from txq.outbox where operation_id = txq.operation_id('bill', 'order 40')") == "1");
}
