// Queues that are full: who says so, and what becomes of enqueues then.

#include <support/catch.hpp>
#include <support/command.hpp>
#include <support/database.hpp>
#include <support/locked_jobs.hpp>
#include <support/relay.hpp>
#include <support/running_worker.hpp>

#include <relay/src/depth_watch.hpp>
#include <txq/enqueue.hpp>
#include <txq/error.hpp>

using namespace txq;
using namespace txq::test;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

/// The code of the refusal; nothing: it was accepted.
std::optional<errc> enqueue_into(database& db, std::string const& queue) {
    pqxx::connection connection{db.url()};
    pqxx::work tx{connection};
    try {
        enqueue(tx, "test", "{}", {.queue = queue});
    } catch (error const& refused) { return refused.code(); }
    tx.commit();
    return std::nullopt;
}

/// Looks at the depths as often as it is told to.
struct watcher {
    explicit watcher(database& both) : watcher{both, both} {}
    watcher(database& outbox, database& queue) : relay{outbox, queue}, depths{relay.from, relay.to} {}

    void look() { depths.step(now += 1h); }

    relay_by_hand relay;
    relay::depth_watch depths;
    std::chrono::steady_clock::time_point now = std::chrono::steady_clock::now();
};

constexpr auto full =
    "select coalesce(string_agg(queue || ' ' || max_depth || ' ' || refuses, ', ' order by queue), '') "
    "from txq.full_queues";

} // namespace

TEST_CASE("an enqueue into a full queue is refused and into another one is not") {
    database db;
    db.query("select txq.set_queue('default', max_depth => 3)");
    watcher relay{db};
    put_jobs(db, {.count = 2});
    relay.look();
    CHECK(db.value(full) == "");
    CHECK_FALSE(enqueue_into(db, "default"));
    relay.relay.move_all();
    relay.look();
    CHECK(db.value(full) == "default 3 true");
    CHECK(enqueue_into(db, "default") == errc::queue_full);
    CHECK_FALSE(enqueue_into(db, "other"));
    CHECK_THROWS_WITH(db.query("select txq.enqueue('test', '{}')"),
                      Contains("queue \"default\" is full: 3 jobs or more wait in it, and it takes no more than 3"));
    db.query("delete from txq.jobs");
    relay.look();
    CHECK_FALSE(enqueue_into(db, "default"));
    CHECK(db.number("select last_value from txq.fullness") == 0);
}

TEST_CASE("an enqueue looks at no table besides the outbox while no queue is full") {
    database db;
    constexpr auto tables =
        "select string_agg(table_name, ' ' order by table_name) from (select distinct "
        "relation::regclass::text as table_name from pg_locks join pg_class on oid = relation "
        "where pid = pg_backend_pid() and relkind = 'r' and relnamespace = 'txq'::regnamespace) as locked";
    auto const looked_at = [&] {
        pqxx::connection connection{db.url()};
        pqxx::work tx{connection};
        enqueue(tx, "test", "{}");
        return std::string{tx.exec(tables)[0][0].c_str()};
    };
    CHECK_THAT(looked_at(), Contains("txq.outbox") && !Contains(" "));
    db.query("select setval('txq.fullness', 1)");
    CHECK_THAT(looked_at(), Contains("txq.full_queues"));
}

TEST_CASE("an enqueue into a full queue that only warns is accepted") {
    database db;
    db.query("select txq.set_queue('default', max_depth => 1, when_full => 'warn')");
    watcher relay{db};
    put_jobs(db, {.count = 2});
    relay.look();
    CHECK(db.value(full) == "default 1 false");
    CHECK_FALSE(enqueue_into(db, "default"));
    auto const warned = run_txq(db, {"enqueue", "test"});
    CHECK(warned.status == 0);
    CHECK(warned.err ==
          "txq: warning: txq.enqueue: queue \"default\" is over its maximum depth: 1 jobs or more wait in it\n");
    CHECK(db.value("select current_setting('txq.warned_at', true) is null from txq.enqueue('test', '{}')") == "f");
}

TEST_CASE("what is said about a queue in another database is obeyed where jobs are enqueued") {
    database outbox{database::schema::outbox};
    database queue{database::schema::queue};
    queue.query("select txq.set_queue('default', max_depth => 1)");
    put_jobs(queue, {.count = 1});
    watcher relay{outbox, queue};
    relay.look();
    CHECK(enqueue_into(outbox, "default") == errc::queue_full);
}

TEST_CASE("a full queue is said to be so again however long it takes to count its jobs") {
    database db;
    db.query("select txq.set_queue('default', max_depth => 1)");
    watcher relay{db};
    put_jobs(db, {.count = 1});
    auto const now = std::chrono::steady_clock::now();
    relay.depths.step(now - 10s); // and so it took ten seconds, and the next one is minutes away
    db.query("delete from txq.jobs");
    db.query("update txq.full_queues set noted_at = noted_at - interval '61 seconds'");
    CHECK_FALSE(enqueue_into(db, "default"));
    relay.depths.step(now + 6s);
    CHECK(enqueue_into(db, "default") == errc::queue_full);
}

TEST_CASE("jobs that a limit keeps from beginning count for the depth of their queue") {
    database db;
    db.query("select txq.set_queue('default', max_depth => 3)");
    db.query("select txq.set_limit('queue', 'default', 1, each => 'tenant')");
    watcher relay{db};
    put_jobs(db, {.count = 3});
    locked_jobs worker{db};
    CHECK(worker.claim_and_admit(3) == 1); // the others are parked
    relay.look();
    CHECK(db.value(full) == "");
    put_jobs(db, {.count = 1});
    relay.look();
    CHECK(db.value(full) == "default 3 true");
    db.query("delete from txq.jobs where state = 'scheduled'");
    relay.look();
    CHECK(db.value(full) == "");
}

TEST_CASE("what a relay has said that is gone does not count any more after a minute") {
    database db;
    db.query("select txq.set_queue('default', max_depth => 1)");
    watcher relay{db};
    put_jobs(db, {.count = 1});
    relay.look();
    CHECK(enqueue_into(db, "default") == errc::queue_full);
    db.query("update txq.full_queues set noted_at = noted_at - interval '61 seconds'");
    CHECK_FALSE(enqueue_into(db, "default"));
    relay.look(); // says it again
    CHECK(enqueue_into(db, "default") == errc::queue_full);
}

TEST_CASE("jobs that wait in an order count and delayed ones do not") {
    database db;
    db.query("select txq.set_queue('default', max_depth => 3)");
    watcher relay{db};
    db.query("select txq.enqueue('test', '{}', order_key => 'key') from generate_series(1, 2)");
    db.query("select txq.enqueue('test', '{}', delay => '1 hour') from generate_series(1, 5)");
    relay.relay.move_all();
    relay.look();
    CHECK(db.value(full) == "");
    db.query("select txq.enqueue('test', '{}', order_key => 'key')");
    relay.relay.move_all();
    relay.look();
    CHECK(db.value(full) == "default 3 true");
}

TEST_CASE("a relay at work says when a queue is full and when it is not any more") {
    database db;
    db.query("select txq.set_queue('default', max_depth => 2)");
    running_relay const relay{db};
    put_jobs(db, {.count = 2});
    db.wait_until(full, "default 2 true");
    db.query("delete from txq.jobs");
    db.wait_until(full, "");
}

TEST_CASE("the operator sets how deep a queue may get and sees which are full") {
    database db;
    CHECK(run_txq(db, {"queues", "set", "default", "--max-depth", "2"}).out == "default is full at a depth of 2\n");
    put_jobs(db, {.count = 2});
    auto const status = run_txq(db, {"status"});
    CHECK_THAT(status.out, Contains("2 (full)") && Contains("queue default is full, 2 jobs or more wait to be run: "
                                                            "enqueues are refused"));
    CHECK(run_txq(db, {"queues", "list", "--json"}).json()["queues"][0]["full"] == true);
    CHECK(run_txq(db, {"queues", "set", "default", "--when-full", "warn"}).status == 0);
    CHECK(db.value("select max_depth || when_full from txq.queues") == "2warn");
    CHECK(run_txq(db, {"queues", "set", "default", "--max-depth", "0"}).out == "default is never full\n");
    CHECK(db.number("select count(*) from txq.queues") == 0);
    CHECK(run_txq(db, {"queues", "set", "default", "--when-full", "warn"}).status == 2);
    CHECK(run_txq(db, {"queues", "set", "default"}).status == 2);
    CHECK(run_txq(db, {"queues", "set", "default", "--max-depth", "-1"}).status == 2);
}

TEST_CASE("a refused enqueue of the command says that the queue is full") {
    database db;
    db.query("insert into txq.full_queues values ('default', 5, 5, true)");
    db.query("select setval('txq.fullness', 1)");
    auto const refused = run_txq(db, {"enqueue", "test", "{}"});
    CHECK(refused.status == 1);
    CHECK_THAT(refused.err, Contains("queue \"default\" is full"));
}
