// txq bench with small numbers: that it measures, counts, refuses and cleans up. What it measures is not looked at.

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/process.hpp>

#include <csignal>

#include <nlohmann/json.hpp>

using namespace txq::test;

namespace {

nlohmann::json measure(database const& db, std::vector<std::string> const& arguments) {
    std::vector<std::string> command{"txq", "bench"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    command.insert(command.end(), {"--json", "--database", db.url()});
    process bench{command};
    auto const status = bench.wait();
    INFO(bench.output());
    REQUIRE(status == 0);
    return nlohmann::json::parse(bench.output());
}

void check_nothing_is_left(database& db) {
    CHECK(db.number("select count(*) from txq.jobs") == 0);
    CHECK(db.number("select count(*) from txq.outbox") == 0);
    CHECK(db.number("select count(*) from txq.workers") == 0);
    CHECK(db.number("select count(*) from txq.queues") == 0);
    CHECK(db.number("select count(*) from txq.limits") == 0);
    CHECK(db.number("select (select count(*) from txq.limit_keys) + (select count(*) from txq.limit_holds)") == 0);
    CHECK(db.number("select count(*) from txq.processed_jobs where queue = 'txq.bench'") == 0);
    CHECK(db.number("select count(*) from pg_namespace where nspname = 'txq_bench'") == 0);
}

nlohmann::json const& cell(nlohmann::json const& document, std::string const& what) {
    for (auto const& one : document["cells"])
        if (one["labels"]["what"] == what) return one;
    throw std::runtime_error{"no cell " + what};
}

} // namespace

TEST_CASE("the bench drains and leaves nothing behind") {
    database db;
    auto const result = measure(db, {"drain", "--jobs", "2000", "--processes", "2", "--slots", "4", "--runs", "2"});
    check_nothing_is_left(db);
    CHECK(result["cells"].size() == 6);
    for (auto const& one : result["cells"]) CHECK(one["runs"].size() == 2);
    auto const run = cell(result, "drain")["runs"][0];
    CHECK(run["per_second"] > 0);
    CHECK(run["wal_bytes"] > 0);
    CHECK(run["peak_memory"]["txq-worker"] > 0);
    CHECK(cell(result, "drain")["limit_per_second"] > 0);
    for (auto const& one : result["cells"]) {
        auto const labels = one["labels"];
        if (labels["what"] != "drain") continue;
        INFO(labels.dump());
        auto const commits = one["runs"][0]["commits"].get<double>();
        if (labels["completion"] == "batched")
            CHECK(commits < 0.2);
        else
            CHECK(commits >= 1);
    }
}

TEST_CASE("the bench drains under a limit") {
    database db;
    auto const result = measure(db, {"drain", "--jobs", "1000", "--processes", "1", "--slots", "2", "--completion",
                                     "batched", "--max-running", "50", "--runs", "1"});
    check_nothing_is_left(db);
    CHECK(cell(result, "drain")["labels"]["max running"] == "50");
    CHECK(cell(result, "drain")["runs"][0]["per_second"] > 0);
}

TEST_CASE("the bench drains under a limit for each value of a field") {
    database db;
    auto const result =
        measure(db, {"drain", "--jobs", "500", "--processes", "1", "--slots", "2", "--completion", "batched",
                     "--max-running", "2", "--starts", "1000", "--each", "payload.n", "--runs", "1"});
    check_nothing_is_left(db);
    CHECK(cell(result, "drain")["labels"]["each"] == "payload.n");
    CHECK(cell(result, "drain")["runs"][0]["per_second"] > 0);
}

TEST_CASE("the bench lets jobs flow and leaves what others have") {
    database db;
    db.query("insert into txq.processed_jobs (operation_id, job_id, queue, kind, attempt) values "
             "(gen_random_uuid(), gen_random_uuid(), 'mail', 'receipt', 1)");
    auto const result = measure(db, {"flow", "--rate", "200", "--seconds", "1", "--warm-up", "0", "--producers", "2",
                                     "--slots", "2", "--runs", "1"});
    check_nothing_is_left(db);
    CHECK(db.number("select count(*) from txq.processed_jobs where queue = 'mail'") == 1);
    auto const run = cell(result, "flow")["runs"][0];
    CHECK(run["per_second"] > 50);
    CHECK(run["to_start"]["p50_ms"] >= 0);
    CHECK(run["to_completion"]["p99_ms"] > 0);
}

TEST_CASE("the bench compares transactions with a job and without") {
    database db;
    auto const result = measure(db, {"enqueue", "--connections", "2", "--seconds", "1", "--runs", "1"});
    check_nothing_is_left(db);
    CHECK(result["cells"].size() == 13);
    for (auto const& one : result["cells"]) CHECK(one["runs"][0]["per_second"] > 0);
    CHECK(result["cells"][1]["runs"][0]["% of without"] > 0);
}

TEST_CASE("the bench measures a little traffic and none") {
    database db;
    auto const result =
        measure(db, {"latency", "--rate", "100", "--seconds", "1", "--idle-seconds", "1", "--runs", "1"});
    check_nothing_is_left(db);
    CHECK(cell(result, "latency")["runs"][0]["to_start"]["p99_ms"] > 0);
    CHECK(cell(result, "idle")["runs"][0].contains("txq-relay % of a core"));
}

TEST_CASE("the bench measures a little traffic through one process that is relay and worker") {
    database db;
    auto const result = measure(
        db, {"latency", "--one-process", "--rate", "100", "--seconds", "1", "--idle-seconds", "1", "--runs", "1"});
    CHECK(cell(result, "latency")["runs"][0]["to_start"]["p99_ms"] > 0);
    CHECK_FALSE(cell(result, "idle")["runs"][0].contains("txq-relay % of a core"));
}

TEST_CASE("the bench watches a flow while dead rows are kept") {
    database db;
    // a slot takes another wal_level than the tests' server has
    auto const result = measure(db, {"bloat", "--holder", "idle-snapshot,idle-writer,prepared,readers,dump",
                                     "--interval", "1", "--held", "1", "--rate", "200", "--jobs-per-tx", "2"});
    check_nothing_is_left(db);
    CHECK(db.number("select count(*) from pg_prepared_xacts where database = current_database()") == 0);
    CHECK(result["cells"].size() == 10);
    for (auto const& one : result["cells"]) {
        CHECK(one["runs"][0]["claim buffers"] > 0);
        CHECK(one["runs"][0]["claim buffers"] <= 200);
    }
}

TEST_CASE("the bench measures what a backlog does to claims") {
    database db;
    auto const result = measure(db, {"backlog", "--jobs", "2000", "--seconds", "1", "--runs", "1"});
    check_nothing_is_left(db);
    CHECK(result["cells"][0]["runs"][0]["claim 10: buffers"] > 0);
    CHECK(result["cells"][1]["runs"][0]["per_second"] > 0);
}

TEST_CASE("the bench measures when ten jobs of a tenant begin beside a backlog of another") {
    database db;
    auto const result = measure(db, {"fairness", "--jobs", "2000", "--tenants", "50", "--handler-time", "1ms",
                                     "--slots", "2", "--seconds", "30", "--runs", "1"});
    check_nothing_is_left(db);
    CHECK(db.number("select count(*) from txq.queue_progress") == 0);
    REQUIRE(result["cells"].size() == 4);
    CHECK(result["cells"][0]["labels"]["queue"] == "fair");
    for (int i : {0, 1}) {
        auto const run = result["cells"][i]["runs"][0];
        CHECK(run["starts of the ten"] == 10);
        CHECK(run["last of the ten ms"] >= run["first of the ten ms"]);
        CHECK(run["starts of the other"] >= run["starts of the other till then"]);
    }
    for (int i : {2, 3}) CHECK(result["cells"][i]["runs"][0]["claim 10: buffers"] > 0);
}

TEST_CASE("the bench refuses to move the jobs of others") {
    database db;
    db.query("select txq.enqueue('receipt', '{}', queue => 'mail')");
    process bench{{"txq", "bench", "drain", "--database", db.url()}};
    CHECK(bench.wait() == 5);
    CHECK(bench.output().find("the outbox has jobs of somebody's") != std::string::npos);
    CHECK(db.number("select count(*) from txq.outbox") == 1);
}

TEST_CASE("the bench neither moves again what others' relay has moved nor starts their schedules' runs") {
    database db;
    db.query("select txq.add_schedule('often', 'every second', 'receipt')");
    db.query("update txq.schedules set since = now() - interval '1 minute'");
    db.query("select txq.enqueue('receipt', '{}', queue => 'mail')");
    process relay{{"txq-relay", "--once", "--queue", db.url()}};
    REQUIRE(relay.wait() == 0);
    REQUIRE(db.number("select count(*) from txq.outbox") == 1);
    db.query("delete from txq.jobs");
    for (auto const* completion : {"batched", "per-job"})
        measure(db, {"drain", "--jobs", "100", "--processes", "1", "--slots", "1", "--runs", "1", "--completion",
                     completion});
    CHECK(db.number("select count(*) from txq.jobs") == 0);
    CHECK(db.number("select count(*) from txq.schedule_runs") == 0);
}

TEST_CASE("the bench refuses where a relay is active") {
    database db;
    process relay{{"txq-relay", "--database", db.url()}};
    db.wait_until("select count(*) from pg_locks where locktype = 'advisory' and granted and database = "
                  "(select oid from pg_database where datname = current_database())",
                  "1");
    process bench{{"txq", "bench", "flow", "--database", db.url()}};
    CHECK(bench.wait() == 5);
    CHECK(bench.output().find("a relay is active") != std::string::npos);
}

TEST_CASE("the bench cleans up when it is interrupted") {
    database db;
    process bench{{"txq", "bench", "flow", "--rate", "100", "--database", db.url()}};
    db.wait_until("select count(*) > 10 from txq.processed_jobs where queue = 'txq.bench'", "t");
    bench.send(SIGINT);
    CHECK(bench.wait() == 1);
    CHECK(bench.output().find("stopped, and cleaned up") != std::string::npos);
    check_nothing_is_left(db);
}
