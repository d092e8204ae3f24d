#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/process.hpp>

using txq::test::database;
using txq::test::process;

TEST_CASE("the tests in docs testing.md pass and leave nothing behind") {
    database db;
    db.query("create table orders (id bigint)");
    db.query("create table accounts (id bigint, cents bigint)");
    db.query("insert into accounts values (7, 100)");
    process program{{"testing_page", db.url()}};
    auto const status = program.wait();
    INFO(program.output());
    CHECK(status == 0);
    CHECK(db.number("select count(*) from txq.outbox") == 0);
    CHECK(db.number("select count(*) from txq.processed_jobs") == 0);
    CHECK(db.number("select cents from accounts") == 100);
}
