#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/process.hpp>

using txq::test::database;
using txq::test::process;

TEST_CASE("the program in the README writes the receipt of the order that it places") {
    database db;
    process const relay{{"txq-relay", "--source", db.url(), "--queue", db.url()}};
    process const program{{"readme", db.url()}};
    db.wait_until("select to_regclass('receipts') is not null", "t");
    db.wait_until("select count(*) from txq.processed_jobs", "1");
    CHECK(db.value("select order_id from receipts") == "42");
    CHECK(db.number("select count(*) from txq.jobs") == 0);
}
