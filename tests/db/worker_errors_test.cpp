// What is kept of an error, and what a policy makes of it.

#include <support/catch.hpp>
#include <support/command.hpp>
#include <support/job_states.hpp>
#include <support/running_worker.hpp>

#include <future>
#include <mutex>
#include <thread>

#include <txq/log.hpp>

using namespace std::chrono_literals;
using namespace txq;
using namespace txq::test;
using Catch::Matchers::Contains;

namespace {

/// Of the only failed attempt there is.
std::string attempt(database& db, std::string const& columns) {
    return db.value("select concat_ws(' | ', " + columns + ") from txq.failed_attempts");
}

/// Throws what it was given, again and again.
template <typename Thrown>
registry throwing(Thrown thrown, handler_options options = {}) {
    return one_handler([thrown](raw_job const&, context&) { throw thrown; }, std::move(options));
}

retry_policy const hold_all = to_held{};

} // namespace

TEST_CASE("all that a handler says of its error is kept with the attempt") {
    database db;
    put_jobs(db, {});
    running_worker worker{db, throwing(job_error{"the mailbox is full",
                                                 {.type = "smtp:452",
                                                  .severity = severity::critical,
                                                  .recoverable = false,
                                                  .source = "smtp.example.org",
                                                  .details = {{"mailbox", "Grüße"}}}})};
    db.wait_until(state, "dead");
    CHECK(attempt(db, "error_type, message, severity, recoverable, source, details") ==
          "smtp:452 | the mailbox is full | critical | f | smtp.example.org | {\"mailbox\": \"Grüße\"}");
}

TEST_CASE("an attempt whose session was ended has failed with what the server said of it") {
    database db;
    put_jobs(db, {.max_attempts = 1});
    registry handlers;
    handlers.add("test", [](raw_job const&, context&, pqxx::work& tx) {
        tx.exec("select pg_terminate_backend(pg_backend_pid())");
    });
    running_worker worker{db, handlers};
    db.wait_until(state, "dead");
    CHECK_THAT(attempt(db, "message"), Contains("terminating connection") || Contains("the server's log says why"));
}

TEST_CASE("the log says of an attempt that took too long what is kept of it") {
    database db;
    put_jobs(db, {.max_attempts = 1});
    std::promise<std::string> logged;
    log::set_sink([&](log::level, std::string_view event, std::vector<log::field> const& facts) {
        if (event != "attempt failed") return;
        for (auto const& fact : facts)
            if (fact.name == "error_type") logged.set_value(fact.value);
    });
    {
        running_worker worker{db, one_handler(
                                      [](raw_job const&, context& ctx) {
                                          while (!ctx.stop().stop_requested()) std::this_thread::yield();
                                          throw std::runtime_error{"interrupted"};
                                      },
                                      {.timeout = 50ms})};
        db.wait_until(state, "dead");
    }
    log::set_sink(log::text_sink());
    CHECK(logged.get_future().get() == attempt(db, "error_type"));
    CHECK(attempt(db, "error_type") == "timeout");
}

TEST_CASE("the log says of a job what has become of it that a handler wants to try again later") {
    database db;
    put_jobs(db, {.max_attempts = 2});
    std::mutex mutex;
    std::string logged;
    log::set_sink([&](log::level severity, std::string_view event, std::vector<log::field> const& facts) {
        if (event != "attempt failed") return;
        std::lock_guard const lock{mutex};
        logged += severity == log::level::error ? "error:" : "warning:";
        for (auto const& fact : facts)
            if (fact.name == "error_type" || fact.name == "error" || fact.name == "now") logged += ' ' + fact.value;
        logged += '\n';
    });
    {
        running_worker worker{db, one_handler([](raw_job const&, context&) -> outcome {
                                  return outcome::retry_after(0ms, "429 too many requests");
                              })};
        db.wait_until(state, "dead");
    }
    log::set_sink(log::text_sink());
    CHECK(logged == "warning: retry_after 429 too many requests scheduled\n"
                    "error: retry_after 429 too many requests dead\n");
}

TEST_CASE("an exception that says nothing of itself is an error of the handler") {
    database db;
    put_jobs(db, {.max_attempts = 1});
    running_worker worker{db, throwing(std::out_of_range{"7 of 5"})};
    db.wait_until(state, "dead");
    CHECK(attempt(db, "error_type, severity, recoverable, source, details") ==
          "std::out_of_range | error | t | handler");
}

TEST_CASE("what the database refuses is kept by its SQLSTATE") {
    database db;
    db.query("create table accounts (id int primary key)");
    db.query("insert into accounts values (1)");
    put_jobs(db, {.max_attempts = 1});
    running_worker worker{
        db, one_handler([](raw_job const&, context&, pqxx::work& tx) { tx.exec("insert into accounts values (1)"); })};
    db.wait_until(state, "dead");
    CHECK(attempt(db, "error_type, source, details->>'sqlstate'") == "sqlstate:23505 | database | 23505");
}

TEST_CASE("details that jsonb would refuse do not keep an attempt from being recorded") {
    database db;
    put_jobs(db, {.max_attempts = 1});
    running_worker worker{
        db,
        throwing(job_error{"no", {.details = {{"a", std::string{"x\0y\xff", 4}}, {"b", std::string(100'000, '\n')}}}})};
    db.wait_until(state, "dead");
    CHECK_THAT(attempt(db, "details"), Contains("left_out"));
}

TEST_CASE("a policy holds a job at its first error until a person releases it") {
    database db;
    put_jobs(db, {});
    std::atomic<bool> mended{false};
    running_worker worker{db, one_handler(
                                  [&](raw_job const&, context&) {
                                      if (!mended) throw std::runtime_error{"the account is locked"};
                                  },
                                  {.retry = hold_all})};
    db.wait_until(state, "held");
    CHECK(db.number("select count(*) from txq.jobs where finished_at is not null and seq is null") == 1);
    CHECK(db.number("select count(*) from txq.failed_attempts") == 1);

    mended = true;
    auto const id = db.value("select id from txq.jobs");
    CHECK(run_txq(db, {"jobs", "release", id}).status == 0);
    db.wait_until(processed, "1");
}

TEST_CASE("a policy tells errors apart") {
    database db;
    put_jobs(db, {.payload = R"("again")"});
    put_jobs(db, {.payload = R"("drop")"});
    put_jobs(db, {.payload = R"("hold")"});
    put_jobs(db, {.payload = R"("end")"});
    retry_policy const policy{{{.types = {"again"}, .then = fixed_backoff{1h}},
                               {.types = {"drop"}, .then = to_discarded{}},
                               {.types = {"hold"}, .then = to_held{}}},
                              to_dead{}};
    running_worker worker{db, one_handler(
                                  [](raw_job const& job, context&) {
                                      throw job_error{"no", {.type = job.payload.substr(1, job.payload.size() - 2)}};
                                  },
                                  {.retry = policy})};
    db.wait_until("select count(*) from txq.failed_attempts", "4");
    CHECK(db.value("select string_agg(payload->>0 || ' ' || state, ', ' order by payload->>0) from txq.jobs") ==
          "again scheduled, drop discarded, end dead, hold held");
    CHECK(db.value("select run_at > now() + interval '59 minutes' from txq.jobs where state = 'scheduled'") == "t");
}

TEST_CASE("a job with an error is found by the type of it") {
    database db;
    auto const id = put_job(db, "dead");
    auto const other = put_job(db, "held");
    db.query(
        "update txq.failed_attempts set error_type = 'sqlstate:23505', severity = 'critical', recoverable = false, "
        "source = 'database', details = '{\"constraint\": \"one_per_day\"}' where job_id = '" +
        id + "'");

    auto const found = run_txq(db, {"jobs", "list", "--error-type", "sqlstate:23*", "--json"}).json();
    REQUIRE(found["jobs"].size() == 1);
    CHECK(found["jobs"][0]["id"] == id);
    CHECK(found["jobs"][0]["last_error"]["severity"] == "critical");
    CHECK(found["jobs"][0]["last_error"]["source"] == "database");
    CHECK_THAT(run_txq(db, {"jobs", "list", "--error-type", "std::runtime_error"}).out, Contains(other));
    CHECK(run_txq(db, {"jobs", "list", "--error-type", "std__runtime_error"}).out == "no jobs\n");
    CHECK(run_txq(db, {"jobs", "list", "--error-type", "sqlstate:2350"}).out == "no jobs\n");

    CHECK_THAT(run_txq(db, {"jobs", "show", id}).out, Contains("sqlstate:23505: mail server") &&
                                                          Contains("(critical from database, not recoverable)") &&
                                                          Contains("one_per_day"));
    auto const shown = run_txq(db, {"jobs", "show", id, "--json"}).json()["failed_attempts"][0];
    CHECK(shown["details"]["constraint"] == "one_per_day");
    CHECK(shown["recoverable"] == false);
}

TEST_CASE("jobs are changed by the type of their error") {
    database db;
    auto const mail = put_job(db, "held");
    auto const other = put_job(db, "held");
    db.query("update txq.failed_attempts set error_type = 'smtp:452' where job_id = '" + mail + "'");

    CHECK(run_txq(db, {"jobs", "release", "--error-type", "smtp:*", "--dry-run"}).out == "1 job would be changed\n");
    CHECK(run_txq(db, {"jobs", "release", "--error-type", "smtp:*"}).out == "1 job is ready again\n");
    CHECK(state_of(db, mail) == "ready");
    CHECK(state_of(db, other) == "held");
    CHECK(db.number("select attempt + redrives from txq.jobs where id = '" + mail + "'") == 1);
    CHECK(run_txq(db, {"jobs", "discard", "--state", "held"}).out == "1 job is discarded\n");
    CHECK(state_of(db, other) == "discarded");
}

TEST_CASE("only a held job can be released and a held job is neither cancelled nor retried nor purged") {
    database db;
    auto const dead = put_job(db, "dead");
    auto const held = put_job(db, "held");

    auto const refused = run_txq(db, {"jobs", "release", dead});
    CHECK(refused.status == 5);
    CHECK_THAT(refused.err, Contains(dead + " is dead; only held jobs can be released"));
    CHECK(run_txq(db, {"jobs", "cancel", held}).status == 5);
    CHECK(run_txq(db, {"jobs", "retry", held}).status == 5);
    CHECK(run_txq(db, {"dead", "redrive", held}).status == 5);
    CHECK(run_txq(db, {"dead", "purge", "--older-than", "0s"}).out == "1 job purged\n");
    CHECK(state_of(db, held) == "held");
}

TEST_CASE("held jobs are listed apart and a person is told to decide") {
    database db;
    auto const held = put_job(db, "held");
    put_job(db, "dead");
    db.query("update txq.jobs set finished_at = now() - interval '3 hours' where id = '" + held + "'");

    auto const listed = run_txq(db, {"jobs", "list", "--state", "held"}).out;
    auto const status = run_txq(db, {"status"}).out;
    auto const json = run_txq(db, {"status", "--json"}).json();

    CHECK_THAT(listed, Contains(held) && Contains("held for 3h"));
    CHECK_THAT(status, Contains("HELD FOR") && Contains("dead 1, held 1") &&
                           Contains("! queue default has held jobs (1), and a person has to decide"));
    CHECK(json["queues"][0]["held"]["count"] == 1);
    CHECK(json["queues"][0]["oldest_held_ms"] >= 3 * 3600 * 1000);
    CHECK(json["jobs"]["held"]["count"] == 1);
    CHECK_THAT(run_txq(db, {"jobs", "show", held}).out, Contains("txq jobs release"));
}
