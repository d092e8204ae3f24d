#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/process.hpp>

using txq::test::database;
using txq::test::process;

TEST_CASE("fifty updates of the cart in docs unique.md become one broadcast") {
    database db;
    process const relay{{"txq-relay", "--source", db.url(), "--queue", db.url()}};
    process const program{{"unique_page", db.url()}};
    db.wait_until("select count(*) from txq.processed_jobs", "1");
    db.wait_until("select count(*) from txq.unique_outcomes", "49");
    CHECK(db.number("select count(*) from cart_updates") == 50);
    CHECK(db.value("select string_agg(cart || ' ' || items, ', ') from broadcasts") == "7 50");
    CHECK(db.number("select count(*) from txq.jobs") == 0);
}
