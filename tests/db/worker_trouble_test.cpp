// What jobs must not have to pay for: lost connections, other jobs, other workers' settings.

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/eventually.hpp>
#include <support/running_worker.hpp>

#include <atomic>

#include <txq/log.hpp>
#include <txq/worker.hpp>

using namespace std::chrono_literals;
using namespace txq;
using namespace txq::test;

namespace {

worker_options one_thread() {
    worker_options options;
    options.groups[0].threads = 1;
    return options;
}

} // namespace

TEST_CASE("an attempt that could not begin because its session was lost does not count") {
    database db;
    registry handlers;
    handlers.add("test", [](raw_job const&, context&, pqxx::work& tx) { tx.exec("select 1"); });
    running_worker worker{db, handlers, one_thread()};
    put_jobs(db, {.max_attempts = 1});
    db.wait_until(processed, "1");
    db.query("select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = current_database() "
             "and application_name = 'txq-worker handler'");
    put_jobs(db, {.max_attempts = 1});
    db.wait_until(processed, "2");
    CHECK(db.number("select count(*) from txq.failed_attempts") == 0);
}

TEST_CASE("a handler that spoils its session costs no other job an attempt") {
    database db;
    registry handlers;
    handlers.add("test", [](raw_job const&, context&, pqxx::work& tx) { tx.exec("select 1"); });
    handlers.add("spoiler", [](raw_job const&, context&, pqxx::work& tx) { tx.exec("deallocate all"); });
    put_jobs(db, {.kind = "spoiler", .max_attempts = 1});
    put_jobs(db, {.count = 3, .max_attempts = 1});
    running_worker worker{db, handlers, one_thread()};
    db.wait_until("select count(*) from txq.processed_jobs where kind = 'test'", "3");
}

TEST_CASE("a job that is snoozed for ever keeps no other one from being recorded") {
    database db;
    registry handlers;
    handlers.add("test", [](raw_job const&, context&) {});
    handlers.add("never", [](raw_job const&, context&) { return outcome::snooze(std::chrono::milliseconds::max()); });
    put_jobs(db, {.kind = "never"});
    put_jobs(db, {.count = 3});
    running_worker worker{db, handlers, one_thread()};
    db.wait_until("select state from txq.jobs where kind = 'never'", "scheduled");
    db.wait_until(processed, "3");
}

TEST_CASE("a job whose headers cannot be read is run and so are those behind it") {
    database db;
    registry handlers;
    handlers.add("test", [](raw_job const&, context&) {});
    put_jobs(db, {.headers = R"({"no double": 1e400})"});
    put_jobs(db, {});
    running_worker worker{db, handlers, one_thread()};
    db.wait_until(processed, "2");
}

TEST_CASE("a worker with a long lease notices the death of one with a short lease") {
    database db;
    put_jobs(db, {});
    db.query("insert into txq.workers (name, lease, queues, kinds) values ('dead:1', '1 s', '{default}', '{test}')");
    db.query("insert into txq.worker_beats (worker, beat) select id, 0 from txq.workers");
    db.query("update txq.jobs set state = 'running', worker = (select id from txq.workers), claimed_at = now(), "
             "attempt = 1, fence = 1");
    registry handlers;
    handlers.add("test", [](raw_job const&, context&) {});
    auto options = one_thread();
    options.lease = 10min;
    running_worker worker{db, handlers, options};
    db.wait_until(processed, "1");
}

TEST_CASE("idle sessions of a worker outlive a server that ends idle sessions") {
    database db;
    db.query("alter database " + db.name() + " set idle_session_timeout = '100ms'");
    registry handlers;
    handlers.add("test", [](raw_job const&, context&, pqxx::work& tx) { tx.exec("select 1"); });
    running_worker worker{db, handlers, one_thread()};
    put_jobs(db, {});
    db.wait_until(processed, "1");
    auto const sessions = [&](char const* how) {
        return std::string{"select count(*) from pg_stat_activity where datname = current_database() and "
                           "application_name like 'txq-worker%' and "} +
               how;
    };
    // longer than it would take to be ended
    db.wait_until(sessions("application_name = 'txq-worker handler' and state = 'idle' and "
                           "clock_timestamp() - state_change > '1 s'"),
                  "1");
}

TEST_CASE("a worker whose id is another's in a database that went back registers anew") {
    database db;
    registry handlers;
    handlers.add("test", [](raw_job const&, context&) {});
    running_worker worker{db, handlers, one_thread()};
    db.wait_until("select count(*) from txq.workers", "1");
    db.query("update txq.workers set name = 'other:1'");
    db.wait_until("select count(*) from txq.workers where name <> 'other:1'", "1");
}

TEST_CASE("a worker whose first statements are cancelled because they take too long waits until they are not") {
    database db;
    put_jobs(db, {});
    std::atomic<bool> tried{false};
    log::set_sink([&](log::level, std::string_view event, std::vector<log::field> const&) {
        if (event == "waiting for the database" || event == "registered") tried = true;
    });
    db.query("alter database " + db.name() + " set statement_timeout = '1ms'");
    {
        running_worker const worker{db, one_handler([](raw_job const&, context&) {})};
        CHECK(eventually([&] { return tried.load(); }));
        db.query("alter database " + db.name() + " reset statement_timeout");
        db.wait_until(processed, "1");
    }
    log::set_sink(log::text_sink());
}
