// A worker that is its own relay.

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/eventually.hpp>
#include <support/process.hpp>
#include <support/scratch.hpp>

#include <csignal>

using namespace txq::test;

namespace {

constexpr auto completed = "select count(*) from txq.processed_jobs";

std::vector<std::string> worker_with_relay(scratch& files, database& db) {
    files.write("worker.toml", "[kind.test]\nsql = 'select 1'\n");
    return {"txq-worker", "--config", files.file("worker.toml"), "--relay", "--database", db.url()};
}

} // namespace

TEST_CASE("a worker with a relay of its own runs what is enqueued") {
    database db;
    scratch files;
    process worker{worker_with_relay(files, db)};
    db.query("select txq.enqueue('test', '{}')");
    db.wait_until(completed, "1");
    worker.send(SIGTERM);
    CHECK(worker.wait() == 0);
}

TEST_CASE("of two workers with relays of their own one goes on when the other is killed") {
    database db;
    scratch files;
    process first{worker_with_relay(files, db)};
    db.query("select txq.enqueue('test', '{}')");
    db.wait_until(completed, "1");
    process second{worker_with_relay(files, db)};
    CHECK(eventually([&] { return second.output().find("standing by") != std::string::npos; }));
    first.send(SIGKILL);
    db.query("select txq.enqueue('test', '{}')");
    db.wait_until(completed, "2");
}

TEST_CASE("a worker that is to be its own relay says where there is no outbox and exits with 3") {
    database db{database::schema::queue};
    scratch files;
    process worker{worker_with_relay(files, db)};
    CHECK(worker.wait() == 3);
    CHECK(worker.output().find("txq migrate") != std::string::npos);
}

TEST_CASE("a worker says that a job is not run because a job of another kind had the same operation id") {
    database db;
    scratch files;
    files.write("worker.toml", "[kind.charge]\nsql = 'select 1'\n[kind.ship]\nsql = 'select 1'\n");
    process worker{{"txq-worker", "--config", files.file("worker.toml"), "--relay", "--database", db.url()}};
    auto const enqueue = [&](std::string const& kind) {
        db.query("select txq.enqueue('" + kind + "', '{}', operation_id => '01976f2e-8a3c-7d5e-9b1f-2c4d6e8f0a1b')");
    };
    enqueue("charge");
    db.wait_until(completed, "1");
    enqueue("ship");
    CHECK(eventually([&] { return worker.output().find("was_run_as=charge") != std::string::npos; }));
    db.wait_until("select count(*) from txq.jobs", "0");
    CHECK(db.number(completed) == 1);
}
