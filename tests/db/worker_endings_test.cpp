#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/running_worker.hpp>

#include <atomic>
#include <future>

#include <txq/enqueue.hpp>
#include <txq/error.hpp>
#include <txq/worker.hpp>

using namespace std::chrono_literals;
using namespace txq;
using namespace txq::test;

TEST_CASE("a handler that throws is retried and each error is kept") {
    database db;
    put_jobs(db, {});
    running_worker worker{db, one_handler(
                                  [](raw_job const& job, context&) {
                                      if (job.attempt < 3) throw std::runtime_error{"the mail server said no"};
                                  },
                                  {.retry = fixed_backoff{.delay = 1ms}})};
    db.wait_until(processed, "1");
    CHECK(db.number("select count(*) from txq.failed_attempts") == 2);
    CHECK(db.value("select string_agg(attempt || ' ' || error_type || ': ' || message, ', ' order by attempt) from "
                   "txq.failed_attempts") ==
          "1 std::runtime_error: the mail server said no, 2 std::runtime_error: the mail server said no");
    CHECK(db.number("select attempt from txq.processed_jobs") == 3);
}

TEST_CASE("a job is dead when its attempts are used up") {
    database db;
    put_jobs(db, {.max_attempts = 2});
    running_worker worker{db, one_handler([](raw_job const&, context&) { throw std::runtime_error{"no"}; },
                                          {.retry = fixed_backoff{.delay = 1ms}})};
    db.wait_until(state, "dead");
    CHECK(db.number("select count(*) from txq.failed_attempts") == 2);
    CHECK(db.number(processed) == 0);
}

TEST_CASE("a permanent error makes a job dead at once") {
    database db;
    put_jobs(db, {});
    running_worker worker{db, one_handler([](raw_job const&, context&) { throw permanent_error{"no such customer"}; })};
    db.wait_until(state, "dead");
    CHECK(db.value("select message from txq.failed_attempts") == "no such customer");
}

TEST_CASE("a snooze does not count as an attempt") {
    database db;
    put_jobs(db, {.max_attempts = 1});
    std::atomic<int> calls{0};
    running_worker worker{db, one_handler([&](raw_job const& job, context&) {
                              CHECK(job.attempt == 1);
                              return ++calls < 3 ? outcome::snooze(1ms) : outcome::complete();
                          })};
    db.wait_until(processed, "1");
    CHECK(calls == 3);
    CHECK(db.number("select count(*) from txq.failed_attempts") == 0);
}

TEST_CASE("a discarded job ends and keeps the reason") {
    database db;
    put_jobs(db, {});
    running_worker worker{db, one_handler([](raw_job const&, context&) { return outcome::discard("card expired"); })};
    db.wait_until(state, "discarded");
    CHECK(db.value("select message from txq.failed_attempts") == "card expired");
}

TEST_CASE("retry after waits for as long as was asked and counts") {
    database db;
    put_jobs(db, {});
    running_worker worker{db, one_handler([](raw_job const&, context&) { return outcome::retry_after(1h, "429"); })};
    db.wait_until(state, "scheduled");
    CHECK(db.number("select attempt from txq.jobs") == 1);
    CHECK(db.value("select run_at > now() + interval '59 minutes' from txq.jobs") == "t");
}

TEST_CASE("a handler's effects and its job's completion are one commit") {
    database db;
    db.query("create table receipts (job uuid)");
    put_jobs(db, {.count = 50});
    running_worker worker{db, one_handler([](raw_job const& job, context&, pqxx::work& tx) {
                              tx.exec("insert into receipts values ('" + job.id.str() + "')");
                          })};
    db.wait_until(processed, "50");
    CHECK(db.number("select count(distinct job) from receipts") == 50);
    CHECK(db.number(jobs_left) == 0);
}

TEST_CASE("a handler that throws leaves no effect and is retried") {
    database db;
    db.query("create table receipts (attempt int)");
    put_jobs(db, {});
    running_worker worker{db, one_handler(
                                  [](raw_job const& job, context&, pqxx::work& tx) {
                                      tx.exec("insert into receipts values (" + std::to_string(job.attempt) + ")");
                                      if (job.attempt == 1) throw std::runtime_error{"too early"};
                                  },
                                  {.retry = fixed_backoff{.delay = 1ms}})};
    db.wait_until(processed, "1");
    CHECK(db.value("select string_agg(attempt::text, ',') from receipts") == "2");
}

TEST_CASE("a handler that returns anything but complete leaves no effect") {
    database db;
    db.query("create table receipts (job uuid)");
    put_jobs(db, {});
    running_worker worker{db, one_handler([](raw_job const& job, context&, pqxx::work& tx) {
                              tx.exec("insert into receipts values ('" + job.id.str() + "')");
                              return outcome::discard("changed my mind");
                          })};
    db.wait_until(state, "discarded");
    CHECK(db.number("select count(*) from receipts") == 0);
    CHECK(db.number(processed) == 0);
}

TEST_CASE("an operation that has been run already is not run again") {
    database db;
    put_jobs(db, {.count = 2});
    db.query("insert into txq.processed_jobs (operation_id, job_id, queue, kind, attempt) select operation_id, id, "
             "queue, kind, 1 from txq.jobs limit 1");
    std::atomic<int> runs{0};
    bool const in_transaction = GENERATE(false, true);
    registry handlers;
    if (in_transaction)
        handlers = one_handler([&](raw_job const&, context&, pqxx::work&) { ++runs; });
    else
        handlers = one_handler([&](raw_job const&, context&) { ++runs; });
    running_worker worker{db, handlers};
    db.wait_until(jobs_left, "0");
    CHECK(runs == 1);
    CHECK(db.number(processed) == 2);
}

TEST_CASE("an ending that the database refuses does not hold up the others") {
    database db;
    put_jobs(db, {.count = 50});
    db.query("create function refuse() returns trigger language plpgsql as 'begin raise exception ''refused''; end'");
    db.query(
        "create trigger refuse before delete on txq.jobs for each row when (old.seq = 7) execute function refuse()");
    {
        running_worker worker{db, one_handler([](raw_job const&, context&) {})};
        db.wait_until(processed, "49");
        db.query("drop trigger refuse on txq.jobs");
        db.wait_until(processed, "50");
    }
    CHECK(db.number(jobs_left) == 0);
}

TEST_CASE("jobs that a handler enqueues carry its trace") {
    database db;
    std::string const trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    put_jobs(db, {.headers = R"({"traceparent": ")" + trace + R"("})"});
    registry handlers;
    handlers.add("test", [](raw_job const&, context&, pqxx::work& tx) {
        tx.exec("select txq.enqueue('by_sql', '{}')");
        enqueue(tx, "by_cpp", "{}");
    });
    running_worker worker{db, std::move(handlers)};
    db.wait_until(processed, "1");
    CHECK(db.number("select count(*) from txq.outbox where headers->>'traceparent' = '" + trace + "'") == 2);
}

TEST_CASE("an operation that somebody is recording for long does not hold up the others") {
    database db;
    put_jobs(db, {.count = 20});
    pqxx::connection other{db.url()};
    pqxx::work recording{other};
    recording.exec("insert into txq.processed_jobs (operation_id, job_id, queue, kind, attempt) "
                   "select operation_id, id, queue, kind, 1 from txq.jobs where seq = 7");
    running_worker worker{db, one_handler([](raw_job const&, context&) {})};
    db.wait_until(processed, "19");
    recording.commit();
    db.wait_until(jobs_left, "0");
}
