#include <support/catch.hpp>
#include <support/database.hpp>

#include <txq/enqueue.hpp>

using txq::test::database;

namespace {

struct shop {
    database db{database::schema::outbox};
    pqxx::connection connection{db.url()};
};

} // namespace

TEST_CASE("a prepared enqueue writes what an ordinary one does") {
    shop shop;
    txq::prepare_enqueue(shop.connection);
    txq::enqueue_options const options{.queue = "images",
                                       .priority = 1,
                                       .max_attempts = 3,
                                       .operation_id = "resize 7",
                                       .headers = {{"x", "y"}},
                                       .tenant = "acme"};
    pqxx::work tx{shop.connection};
    for (auto const to : {txq::outbox_ref{tx}, txq::prepared(tx)}) {
        txq::enqueue(to, "resize", R"({"width": 640})");
        txq::enqueue(to, "resize", R"({"width": 640})", options);
        txq::enqueue_many(to, "resize", std::vector<txq::new_job>{{R"({"width": 1})"}, {R"({"width": 2})", "name"}});
    }
    tx.commit();
    CHECK(shop.db.number("select count(*) from txq.outbox") == 8);
    CHECK(shop.db.number(
              "select count(*) from (select distinct operation_id, queue, kind, priority, max_attempts, run_at, "
              "payload, headers, rules from txq.outbox) as different") == 4);
}

TEST_CASE("a prepared enqueue is delayed by the server's clock") {
    shop shop;
    txq::prepare_enqueue(shop.connection);
    pqxx::work tx{shop.connection};
    txq::enqueue(txq::prepared(tx), "remind", "{}", {.delay = std::chrono::hours{2}});
    tx.commit();
    CHECK(shop.db.value("select run_at - enqueued_at between interval '119 minutes' and interval '120 minutes' "
                        "from txq.outbox") == "t");
}

TEST_CASE("a prepared enqueue on a connection that has prepared nothing says what to call") {
    shop shop;
    pqxx::work tx{shop.connection};
    CHECK_THROWS_WITH(txq::enqueue(txq::prepared(tx), "resize", "{}"),
                      Catch::Matchers::Contains("resize") && Catch::Matchers::Contains("txq::prepare_enqueue"));
}

TEST_CASE("a prepared enqueue in a database without an outbox says what to run") {
    database const db{database::schema::none};
    pqxx::connection connection{db.url()};
    auto const all_of_it = [&] {
        txq::prepare_enqueue(connection);
        pqxx::work tx{connection};
        txq::enqueue(txq::prepared(tx), "resize", "{}");
    };
    CHECK_THROWS_WITH(all_of_it(), Catch::Matchers::Contains("txq migrate"));
}
