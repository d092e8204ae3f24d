// All programs behind a PgBouncer that pools transactions: option --pooled.

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/eventually.hpp>
#include <support/pgbouncer.hpp>
#include <support/process.hpp>
#include <support/scratch.hpp>

#include <csignal>
#include <memory>

#include <txq/enqueue.hpp>

using namespace txq::test;
using Catch::Matchers::Contains;

namespace {

/// Pooled are all connections but the test's own.
class pooled_programs {
  public:
    std::unique_ptr<process> relay() const {
        return std::make_unique<process>(
            std::vector<std::string>{"txq-relay", "--pooled", "--queue", pooler.url(), "--rotate-interval", "100ms"});
    }
    std::unique_ptr<process> worker() const {
        return std::make_unique<process>(
            std::vector<std::string>{"txq-worker", "--pooled", "--config", file_, "--database", pooler.url()});
    }
    void enqueue(std::string const& kind, int jobs) const {
        pqxx::connection connection{pooler.url()};
        pqxx::work tx{connection};
        txq::enqueue_many(tx, kind, std::vector<txq::new_job>(static_cast<std::size_t>(jobs), {.payload = "{}"}));
        tx.exec("select txq.enqueue('note', '{}')");
        tx.commit();
    }

    database db;
    pgbouncer pooler{db.url(), 4};

  private:
    scratch files_;
    std::string const file_ = files_.write("worker.toml", R"toml(lease = "2s"
schedule_set = "pooled"
[group.all]
threads = 2
poll_interval = "20ms"
[kind.note]
sql = "insert into public.notes values ($3)"
[kind.command]
exec = ["true"]
[kind.sleeps]
exec = ["sleep", "60"]
[kind.fails]
sql = "select 1/0"
retry = "fixed 50ms"
[schedule.tidy]
times = "@yearly"
kind = "note"
)toml");
};

} // namespace

TEST_CASE("everything is run once behind a pooler while workers and the pooler itself are killed") {
    pooled_programs on;
    on.db.query("create table notes (operation_id uuid); select txq.set_limit('kind', 'note', 2); "
                "select txq.add_schedule('missed', '@yearly', 'note'); "
                "update txq.schedules set since = now() - interval '2 years'");
    auto const relay = on.relay();
    auto const standby = on.relay();
    auto killed = on.worker();
    on.enqueue("sleeps", 1);
    on.db.wait_until("select count(*) from txq.jobs where kind = 'sleeps' and state = 'running'", "1");
    for (int i = 0; i < 5; ++i) on.enqueue("note", 50);
    killed->send(SIGKILL);
    killed->wait();
    auto const worker = on.worker();
    for (int i = 0; i < 5; ++i) {
        on.enqueue("command", 10);
        if (i == 2) on.pooler.restart();
    }
    on.db.wait_until("select count(*) from txq.processed_jobs where kind = 'note'", "262");
    on.db.wait_until("select count(*) from txq.processed_jobs where kind = 'command'", "50");
    on.db.wait_until("select count(*) from txq.jobs where kind = 'sleeps' and crashes = 1 and state = 'running'", "1");
    on.db.wait_until("select count(*) from txq.outbox", "0");

    CHECK(on.db.number("select count(*) from notes") == 262);
    CHECK(on.db.number("select count(distinct operation_id) from notes") == 262);
    // a later transaction of anybody's on the pooler's connections finds nothing of txq's
    pqxx::connection stranger{on.pooler.url()};
    for (int i = 0; i < 20; ++i) {
        pqxx::work tx{stranger};
        CHECK(tx.exec("select count(*) from pg_prepared_statements")[0][0].as<int>() == 0);
        CHECK(tx.exec("select count(*) from pg_listening_channels()")[0][0].as<int>() == 0);
        CHECK(tx.exec("select count(*) from pg_settings where source = 'session' and name in ('search_path', "
                      "'enable_seqscan', 'plan_cache_mode', 'statement_timeout', 'synchronous_commit')")[0][0]
                  .as<int>() == 0);
    }
    on.db.wait_until(
        "select count(*) from pg_locks where locktype = 'advisory' and database = (select oid from pg_database "
        "where datname = current_database())",
        "0"); // of a transaction there may be some, for a moment
    relay->send(SIGTERM);
    standby->send(SIGTERM);
    worker->send(SIGTERM);
    CHECK(relay->wait() == 0);
    CHECK(standby->wait() == 0);
}

TEST_CASE("two relays behind a pooler move each job once whichever of them is killed") {
    pooled_programs on;
    auto first = on.relay();
    auto const second = on.relay();
    for (int i = 0; i < 10; ++i) {
        on.enqueue("command", 20);
        if (i == 5) first->send(SIGKILL);
    }
    on.db.wait_until("select count(*) from txq.jobs", "210");
    CHECK(on.db.number("select sum(jobs) from txq.relay_batches") == 210);
    CHECK_THAT(second->output(), !Contains("error"));
}

TEST_CASE("relays between two databases behind poolers move each job once whichever of them is killed") {
    database shop{database::schema::outbox};
    database queue{database::schema::queue};
    pgbouncer before_shop{shop.url(), 4};
    pgbouncer const before_queue{queue.url(), 4};
    std::vector<std::string> const command{"txq-relay", "--pooled",         "--source",          before_shop.url(),
                                           "--queue",   before_queue.url(), "--rotate-interval", "100ms"};
    process first{command};
    process const second{command};
    for (int i = 0; i < 10; ++i) {
        shop.query("select txq.enqueue('command', '{}') from generate_series(1, 20)");
        if (i == 3) first.send(SIGKILL);
        if (i == 6) before_shop.restart();
    }
    queue.wait_until("select count(*) from txq.jobs", "200");
    CHECK(queue.number("select sum(jobs) from txq.relay_batches") == 200);
    shop.wait_until("select count(*) from txq.outbox", "0");
}

TEST_CASE("a job is run within ten seconds when a pooler is back that was away") {
    pooled_programs on;
    on.db.query("create table notes (operation_id uuid)");
    auto const relay = on.relay();
    auto const worker = on.worker();
    on.enqueue("note", 1);
    on.db.wait_until("select count(*) from txq.processed_jobs", "2");

    on.pooler.kill();
    on.db.query("select txq.enqueue('note', '{}')");
    for (auto const* one : {relay.get(), worker.get()})
        REQUIRE(eventually([&] { return one->output().find("trying again") != std::string::npos; }));
    on.pooler.start();

    CHECK(eventually([&] { return on.db.number("select count(*) from txq.processed_jobs") == 3; }, time_to_come_back));
}

TEST_CASE("a relay behind a pooler is seen though it holds no lock") {
    pooled_programs on;
    auto const status = [&] {
        process asked{{"txq", "status", "--database", on.db.url()}};
        asked.wait();
        return asked.output();
    };
    CHECK_THAT(status(), Contains("no txq-relay is active"));
    auto const relay = on.relay();
    CHECK(eventually([&] { return status().find("no txq-relay is active") == std::string::npos; }));
    CHECK(eventually([&] { return status().find("pooled") != std::string::npos; }));
}

TEST_CASE("a worker behind a pooler that was not told so says which option it needs") {
    pooled_programs on;
    scratch const files;
    process worker{{"txq-worker", "--config", files.write("worker.toml", "[kind.a]\nsql = 'select 1'\n"), "--database",
                    on.pooler.url()}};
    CHECK(eventually([&] { return worker.output().find("needs its option --pooled") != std::string::npos; }));
}
