// Behind a PgBouncer that hands out its one connection per transaction.

#include <support/catch.hpp>
#include <support/command.hpp>
#include <support/database.hpp>
#include <support/pgbouncer.hpp>

#include <txq/enqueue.hpp>

using Catch::Matchers::Contains;
using namespace txq::test;

namespace {

constexpr auto settings = "select string_agg(name || '=' || setting, ' ' order by name) from pg_settings "
                          "where source = 'session' and name not in ('application_name', 'client_encoding') and name "
                          "not like 'transaction_%'";
constexpr auto prepared = "select count(*) from pg_prepared_statements";

std::string ask(std::string const& url, std::string const& what) {
    pqxx::connection connection{url};
    auto const value = pqxx::nontransaction{connection}.exec(what)[0][0];
    return value.is_null() ? "" : value.c_str();
}

} // namespace

TEST_CASE("the operator's command leaves nothing behind in a pooler's connection") {
    database db;
    pgbouncer const pooler{db.url()};
    auto const before = ask(pooler.url(), settings);
    for (auto const& command : std::vector<std::vector<std::string>>{
             {"migrate"}, {"enqueue", "test"}, {"enqueue", "test"}, {"status"}, {"jobs", "list"}, {"queues", "list"}}) {
        auto arguments = command;
        arguments.insert(arguments.end(), {"--database", pooler.url()});
        auto const ended = run_txq(arguments);
        INFO(command[0] << ": " << ended.err);
        CHECK(ended.status == 0);
    }
    CHECK(ask(pooler.url(), settings) == before);
    CHECK(ask(pooler.url(), prepared) == "0");
    CHECK(db.number("select count(*) from txq.outbox") == 2);
}

TEST_CASE("producers share a pooler's connection") {
    database db;
    pgbouncer const pooler{db.url()};
    pqxx::connection a{pooler.url()};
    pqxx::connection b{pooler.url()};
    for (auto* connection : {&a, &b, &a, &b}) {
        pqxx::work tx{*connection};
        txq::enqueue(tx, "test", "{}");
        tx.commit();
    }
    CHECK(db.number("select count(*) from txq.outbox") == 4);
}

TEST_CASE("a relay behind a pooler says what is wrong") {
    database db;
    pgbouncer const pooler{db.url()};
    process relay{{"txq-relay", "--once", "--queue", pooler.url()}};
    relay.wait();
    CHECK_THAT(relay.output(), Contains("needs its option --pooled"));
}
