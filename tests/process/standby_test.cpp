// Streaming standbys, in place of a primary and promoted to one.

#include <support/catch.hpp>
#include <support/eventually.hpp>
#include <support/process.hpp>
#include <support/questions.hpp>
#include <support/relay_and_worker.hpp>
#include <support/server.hpp>

#include <nlohmann/json.hpp>

using namespace txq::test;

namespace {

constexpr auto enqueue_one = "select txq.enqueue('test', '{}')";
constexpr auto completed = "select count(*) from txq.processed_jobs";
constexpr auto effects = "select count(*) from effects";

std::string make_shop(server& where) {
    auto const url = where.make_database("shop");
    questions{url}.value("create table effects (at timestamptz)");
    return url;
}

/// As applications and programs name a pair of servers.
std::string whichever_can_be_written(server const& one, server const& other) {
    return "host=" + one.home() + ',' + other.home() +
           " user=postgres dbname=shop target_session_attrs=read-write";
}

bool said(process const& one, std::string const& words) { return one.output().find(words) != std::string::npos; }

} // namespace

TEST_CASE("a relay and a worker do nothing on a standby and say so and work when it is promoted") {
    server primary;
    make_shop(primary);
    server standby{server::standby_of{primary}};
    relay_and_worker both{standby.url("shop")};
    CHECK(eventually([&] { return said(both.relay, "read-only standby"); }));
    CHECK(eventually([&] { return said(both.worker, "read-only"); }));

    primary.stop();
    standby.promote();

    questions shop{standby.url("shop")};
    shop.value(enqueue_one);
    CHECK(shop.becomes(completed, "1"));
    CHECK(both.relay.running());
    CHECK(both.worker.running());
}

TEST_CASE("of two servers the one that can be written to is used and its successor when it is lost") {
    server primary;
    make_shop(primary);
    server standby{server::standby_of{primary}};
    relay_and_worker both{whichever_can_be_written(standby, primary)};
    {
        questions shop{primary.url("shop")};
        shop.value(enqueue_one);
        REQUIRE(shop.becomes(completed, "1"));
        questions copy{standby.url("shop")};
        REQUIRE(copy.becomes(completed, "1"));
    }

    primary.crash();
    standby.promote();

    questions shop{standby.url("shop")};
    shop.value(enqueue_one);
    CHECK(shop.becomes(completed, "2"));
    CHECK(shop.value(effects) == "2");
    CHECK(shop.value("select count(*) from txq.jobs") == "0");
}

TEST_CASE("a standby that holds back cleaning up is named") {
    server primary;
    auto const url = make_shop(primary);
    server standby{server::standby_of{primary}};
    standby.execute("alter system set hot_standby_feedback = on");
    standby.execute("alter system set wal_receiver_status_interval = '1s'");
    standby.execute("select pg_reload_conf()");
    pqxx::connection reading{standby.url("shop")};
    pqxx::transaction<pqxx::repeatable_read> report{reading};
    report.exec("select 1");
    questions shop{url};
    REQUIRE(shop.becomes("select count(*) from pg_stat_replication where backend_xmin is not null", "1"));
    for (int i = 0; i < 3; ++i) shop.value("insert into effects values (now())");

    process status{{"txq", "status", "--database", url, "--json"}};
    REQUIRE(status.wait() == 0);
    auto const oldest = nlohmann::json::parse(status.output())["oldest_transaction"];
    CHECK_THAT(oldest.dump(), Catch::Matchers::Contains("(standby, "));
}

TEST_CASE("a server that may forget what it has confirmed is warned of") {
    server careless;
    auto const url = careless.make_database("shop");
    careless.execute("alter system set fsync = off");
    careless.execute("select pg_reload_conf()");
    REQUIRE(questions{url}.becomes("show fsync", "off"));
    relay_and_worker both{url};
    CHECK(eventually([&] { return said(both.relay, "fsync = off"); }));
    CHECK(eventually([&] { return said(both.worker, "fsync = off"); }));
    process status{{"txq", "status", "--database", url}};
    CHECK(status.wait() == 0);
    CHECK_THAT(status.output(), Catch::Matchers::Contains("fsync = off"));
}
