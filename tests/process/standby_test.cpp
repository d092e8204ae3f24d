// Streaming standbys, in place of a primary and promoted to one.

#include <support/catch.hpp>
#include <support/database.hpp>
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
    return "host=" + one.home() + ',' + other.home() + " user=postgres dbname=shop target_session_attrs=read-write";
}

constexpr auto moved = "select count(*) from txq.jobs";

/// A relay from an outbox on a pair of servers, of which the second one follows, into a queue elsewhere.
struct pair_of_servers {
    pair_of_servers() {
        REQUIRE(questions{primary.url("shop")}.becomes("select count(*) from pg_stat_replication", "1"));
    }

    void enqueue_and_move(std::string const& how_many_then) {
        questions{primary.url("shop")}.value(enqueue_one);
        queue.wait_until(moved, how_many_then);
    }
    void fail_over() {
        primary.crash();
        standby.promote();
        questions{standby.url("shop")}.value(enqueue_one);
    }

    server primary;
    std::string const url = make_shop(primary);
    server standby{server::standby_of{primary}};
    database queue{database::schema::queue};
    process relay{{"txq-relay", "--source", whichever_can_be_written(primary, standby), "--queue", queue.url()}};
};

bool said(process const& one, std::string const& words) { return one.output().find(words) != std::string::npos; }

} // namespace

TEST_CASE("a relay and a worker do nothing on a standby and say so and work when it is promoted") {
    auto const isolation = GENERATE("read committed", "serializable"); // which a standby has not
    server primary;
    make_shop(primary);
    primary.execute(std::string{"alter database shop set default_transaction_isolation = '"} + isolation + "'");
    server standby{server::standby_of{primary}};
    relay_and_worker both{standby.url("shop")};
    CHECK(eventually([&] { return said(both.relay, "read-only standby"); }));
    CHECK(eventually([&] { return said(both.worker, "read-only"); }));

    primary.stop();
    standby.promote();

    questions shop{standby.url("shop")};
    shop.value(enqueue_one);
    CHECK(shop.becomes(completed, "1", time_to_come_back));
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
    CHECK(shop.becomes(completed, "2", time_to_come_back));
    CHECK(shop.value(effects) == "2");
    CHECK(shop.value("select count(*) from txq.jobs") == "0");
}

TEST_CASE("a synchronous standby that takes over is moved from without a person") {
    pair_of_servers shop;
    shop.primary.execute("alter system set synchronous_standby_names = '*'");
    shop.primary.execute("select pg_reload_conf()");
    REQUIRE(questions{shop.primary.url()}.becomes("select sync_state from pg_stat_replication", "sync"));
    shop.enqueue_and_move("1");
    shop.fail_over();
    shop.queue.wait_until(moved, "2");
    CHECK_FALSE(said(shop.relay, "until somebody says so"));
    CHECK(shop.queue.number("select count(*) from txq.stopped_outboxes") == 0);
}

TEST_CASE("a standby that lacks commits is not moved from until a person says so") {
    pair_of_servers shop;
    shop.enqueue_and_move("1");
    REQUIRE(questions{shop.standby.url("shop")}.becomes("select last_value from txq.outbox_barrier", "1"));
    shop.standby.execute("alter system set primary_conninfo = ''");
    shop.standby.execute("select pg_reload_conf()");
    REQUIRE(questions{shop.primary.url("shop")}.becomes("select count(*) from pg_stat_replication", "0"));
    shop.enqueue_and_move("2");
    shop.fail_over();
    CHECK(eventually([&] { return said(shop.relay, "lacks commits whose jobs were moved"); }));
    CHECK(shop.queue.value(moved) == "2");
    auto const outbox = questions{shop.standby.url("shop")}.value("select id from txq.outbox_source");
    process command{{"txq", "outboxes", "resume", outbox, "--yes", "--database", shop.queue.url()}};
    CHECK(command.wait() == 0);
    shop.queue.wait_until(moved, "3");
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
    careless.execute("alter system set full_page_writes = off");
    careless.execute("select pg_reload_conf()");
    REQUIRE(questions{url}.becomes("show full_page_writes", "off"));
    std::string const warned_of = "fsync = off, full_page_writes = off";
    relay_and_worker both{url};
    CHECK(eventually([&] { return said(both.relay, warned_of); }));
    CHECK(eventually([&] { return said(both.worker, warned_of); }));
    process status{{"txq", "status", "--database", url}};
    CHECK(status.wait() == 0);
    CHECK_THAT(status.output(), Catch::Matchers::Contains(warned_of));
}
