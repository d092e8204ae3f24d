// What `txq bench` measures in time is bounded here in numbers that do not depend on the machine.

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/explain.hpp>
#include <support/process.hpp>
#include <support/relay.hpp>
#include <support/running_worker.hpp>

#include <optional>
#include <string>

using namespace txq;
using namespace txq::test;

namespace {

constexpr int many = 5'000;

void enqueue_many(database& db) {
    db.query("select txq.enqueue('test', '{}') from generate_series(1, " + std::to_string(many) + ")");
}

/// Of sessions that have ended: a session tells at its end at the latest.
long long commits(database& db) {
    db.wait_until(
        "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()", "0");
    return db.number("select xact_commit from pg_stat_database where datname = current_database()");
}

/// That programs have sent since the server has begun to count; nothing: it does not count.
std::optional<long long> statements(database& db) {
    if (db.value("show shared_preload_libraries").find("pg_stat_statements") == std::string::npos) return std::nullopt;
    db.query("create extension if not exists pg_stat_statements");
    return db.number(
        "select coalesce(sum(calls), 0) from pg_stat_statements where toplevel and query like '%txq.%' and "
        "query not like 'select count%' and dbid = (select oid from pg_database where datname = "
        "current_database())");
}

} // namespace

TEST_CASE("a claim of ten touches no more than two hundred pages while an old snapshot is held") {
    database db;
    put_jobs(db, {.count = 50'000});
    db.query(
        "insert into txq.workers (name, lease, queues, kinds) values ('plan:1', '1 second', '{default}', '{test}')");
    pqxx::connection reporting{db.url()};
    pqxx::transaction<pqxx::repeatable_read> report{reporting};
    report.exec("select count(*) from txq.jobs");
    auto const floor = db.value("select min(seq) + 40000 from txq.jobs");
    db.query("delete from txq.jobs where seq <= " + floor);
    explaining_session session{db};
    CHECK(buffers(session.run(sql::lock_jobs, "1, 'default', '{test}', 10, '{0,0," + floor + ",0}'")) <= 200);
    CHECK(buffers(session.run(sql::claim_jobs, "1, 'default', '{test}', 10, false, '{0,0," + floor + ",0}', null")) <=
          200);
}

TEST_CASE("the relay moves thousands of jobs in a few transactions") {
    database db;
    enqueue_many(db);
    auto const before = commits(db);
    auto const sent = statements(db);
    process relay{{"txq-relay", "--once", "--database", db.url()}};
    REQUIRE(relay.wait() == 0);
    CHECK(db.number("select count(*) from txq.jobs") == many);
    CHECK(commits(db) - before < many / 20);
    if (sent) CHECK(*statements(db) - *sent < many / 20);
}

TEST_CASE("a worker takes a few transactions for thousands of quick jobs") {
    database db;
    put_jobs(db, {.count = many});
    auto const before = commits(db);
    auto const sent = statements(db);
    registry handlers;
    handlers.add("test", [](raw_job const&, context&) {});
    {
        running_worker worker{db, handlers};
        db.wait_until("select count(*) from txq.processed_jobs", std::to_string(many));
    }
    CHECK(commits(db) - before < many / 5); // with those of whoever waits for it
    if (sent) CHECK(*statements(db) - *sent < many / 10);
}

TEST_CASE("an enqueue notifies nobody and the relay once per batch and queue") {
    database db;
    pqxx::connection listening{db.url()};
    int heard = 0;
    pq::listener const on_jobs{listening, "txq_jobs", [&](std::string_view) { ++heard; }};
    pqxx::nontransaction{listening}.exec("select 1");

    // a transaction that has notified cannot be prepared
    db.query("begin; select txq.enqueue('test', '{}'); prepare transaction '" + db.name() + "'");
    db.query("commit prepared '" + db.name() + "'");
    enqueue_many(db);
    relay_by_hand relay{db};
    CHECK(relay.step() > 0);
    pqxx::nontransaction{listening}.exec("select 1");
    listening.get_notifs();
    CHECK(heard == 1);
}
