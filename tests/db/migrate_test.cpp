#include <support/catch.hpp>
#include <support/command.hpp>

using txq::test::database;
using txq::test::run_txq;

TEST_CASE("migrate applies both sides to an empty database and then has nothing to do") {
    database db{database::schema::none};

    auto const first = run_txq(db, {"migrate"});
    auto const second = run_txq(db, {"migrate"});

    CHECK(first.status == 0);
    CHECK(first.out == "applied outbox 1 outbox\napplied queue 1 queue\n");
    CHECK(first.err.empty());
    CHECK(second.status == 0);
    CHECK(second.out == "nothing to do: the schema is up to date\n");
    CHECK(db.number("select count(*) from txq.migrations where checksum is not null") == 2);
}

TEST_CASE("migrate applies one side alone") {
    database db{database::schema::none};

    CHECK(run_txq(db, {"migrate", "--side", "queue"}).status == 0);

    CHECK(db.value("select to_regclass('txq.jobs') is not null") == "t");
    CHECK(db.value("select to_regclass('txq.outbox') is null") == "t");
    CHECK(run_txq(db, {"migrate", "--status", "--side", "queue"}).status == 0);
    CHECK(run_txq(db, {"migrate", "--status"}).status == 3);
}
