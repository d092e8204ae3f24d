#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/running_worker.hpp>

#include <atomic>
#include <future>

#include <txq/error.hpp>
#include <txq/worker.hpp>

using namespace std::chrono_literals;
using namespace txq;
using namespace txq::test;

namespace {

registry one_handler(auto handler, handler_options options = {}) {
    registry handlers;
    handlers.add("test", std::move(handler), std::move(options));
    return handlers;
}

constexpr auto jobs_left = "select count(*) from txq.jobs";
constexpr auto processed = "select count(*) from txq.processed_jobs";
constexpr auto state = "select state from txq.jobs";

} // namespace

TEST_CASE("jobs are run once each and recorded") {
    database db;
    std::atomic<int> runs{0};
    put_jobs(db, {.count = 500});
    running_worker worker{db, one_handler([&](raw_job const&, context&) { ++runs; })};
    db.wait_until(processed, "500");
    CHECK(runs == 500);
    CHECK(db.number(jobs_left) == 0);
}

TEST_CASE("a worker is woken by a notification") {
    database db;
    worker_options options;
    options.groups[0].poll_interval = 1h;
    registry handlers = one_handler([](raw_job const&, context&) {});
    options.database = db.url();
    worker sleeper{handlers, options};
    std::thread thread{[&] { sleeper.run(); }};
    db.wait_until("select count(*) from pg_stat_activity where datname = current_database() and application_name = "
                  "'txq-worker claimer' and state = 'idle' and query like '%Start the next attempt%'",
                  "1");
    put_jobs(db, {});
    db.wait_until(processed, "1");
    sleeper.stop();
    thread.join();
}

TEST_CASE("a handler sees the job as it was enqueued") {
    database db;
    put_jobs(db, {.max_attempts = 7,
                  .priority = 1,
                  .payload = R"({"order": 42})",
                  .headers = R"({"traceparent": "00-ab-cd-01"})"});
    std::promise<raw_job> seen;
    running_worker worker{db, one_handler([&](raw_job const& job, context&) { seen.set_value(job); })};
    auto const job = seen.get_future().get();
    CHECK(job.kind == "test");
    CHECK(job.queue == "default");
    CHECK(job.attempt == 1);
    CHECK(job.max_attempts == 7);
    CHECK(job.priority == 1);
    CHECK(job.fence == 1);
    CHECK(job.payload == R"({"order": 42})");
    CHECK(job.headers.at("traceparent") == "00-ab-cd-01");
    CHECK(job.id == job.operation_id);
    CHECK(std::chrono::abs(job.enqueued_at - std::chrono::system_clock::now()) < 1min);
}

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

TEST_CASE("a job of an unknown kind stays for a worker that knows it") {
    database db;
    put_jobs(db, {.kind = "unheard of"});
    put_jobs(db, {});
    running_worker worker{db, one_handler([](raw_job const&, context&) {})};
    db.wait_until(processed, "1");
    CHECK(db.value("select kind || ' ' || state || ' ' || attempt from txq.jobs") == "unheard of ready 0");
}

TEST_CASE("urgent jobs are run first and within a priority in the order of the queue") {
    database db;
    put_jobs(db, {.count = 3, .priority = 3});
    put_jobs(db, {.count = 2, .priority = 0});
    db.query("create table runs (n int generated always as identity, job uuid)");
    worker_options options;
    options.groups[0].threads = 1;
    db.query("create table expected as select row_number() over (order by priority, seq) as n, id from txq.jobs");
    running_worker worker{db, one_handler([](raw_job const& job, context&, pqxx::work& tx) {
                              tx.exec("insert into runs (job) values ('" + job.id.str() + "')");
                          }),
                          options};
    db.wait_until(processed, "5");
    CHECK(db.number("select count(*) from runs join expected using (n) where runs.job = expected.id") == 5);
}

TEST_CASE("earlier queues of a group come first") {
    database db;
    put_jobs(db, {.queue = "later", .count = 20});
    put_jobs(db, {.queue = "first", .count = 20});
    worker_options options;
    options.groups[0] = {.queues = {"first", "later"}, .threads = 1, .prefetch = 0};
    db.query("create table runs (n int generated always as identity, queue text)");
    running_worker worker{db, one_handler([](raw_job const& job, context&, pqxx::work& tx) {
                              tx.exec("insert into runs (queue) values (" + tx.quote(job.queue) + ")");
                          }),
                          options};
    db.wait_until(processed, "40");
    CHECK(db.number("select count(*) from runs where queue = 'first' and n <= 20") == 20);
}

TEST_CASE("a paused queue is left alone until it is resumed") {
    database db;
    db.query("insert into txq.queues values ('default', now())");
    put_jobs(db, {});
    put_jobs(db, {.queue = "other"});
    worker_options options;
    options.groups[0].queues = {"default", "other"};
    running_worker worker{db, one_handler([](raw_job const&, context&) {}), options};
    db.wait_until(processed, "1");
    CHECK(db.value("select queue || ' ' || state from txq.jobs") == "default ready");
    db.query("delete from txq.queues");
    db.wait_until(processed, "2");
}

TEST_CASE("a delayed job is not run before its time") {
    database db;
    put_jobs(db, {});
    db.query("update txq.jobs set state = 'scheduled', seq = null, run_at = clock_timestamp() + interval '300 "
             "milliseconds'");
    running_worker worker{db, one_handler([](raw_job const&, context&) {})};
    db.wait_until("select count(*) from txq.jobs", "0");
    CHECK(db.value("select clock_timestamp() >= max(processed_at) and max(processed_at) > now() - interval '1 minute' "
                   "from txq.processed_jobs") == "t");
}

TEST_CASE("a handler that takes too long is asked to stop and its attempt has failed") {
    database db;
    put_jobs(db, {.max_attempts = 1});
    std::promise<stop_reason> asked;
    running_worker worker{db, one_handler(
                                  [&](raw_job const&, context& ctx) {
                                      while (!ctx.stop().stop_requested()) std::this_thread::yield();
                                      asked.set_value(ctx.why_stop());
                                      throw std::runtime_error{"interrupted"};
                                  },
                                  {.timeout = 50ms})};
    CHECK(asked.get_future().get() == stop_reason::timeout);
    db.wait_until(state, "dead");
    CHECK(db.value("select error_type from txq.failed_attempts") == "timeout");
}

TEST_CASE("a statement that takes too long is cancelled with its handler") {
    database db;
    put_jobs(db, {.max_attempts = 1});
    running_worker worker{
        db, one_handler([](raw_job const&, context&, pqxx::work& tx) { tx.exec("select pg_sleep(3600)"); },
                        {.timeout = 50ms})};
    db.wait_until(state, "dead");
    CHECK(db.value("select error_type from txq.failed_attempts") == "timeout");
}

TEST_CASE("a statement that begins when its time is over already is cancelled as well") {
    database db;
    put_jobs(db, {.max_attempts = 1});
    running_worker worker{db, one_handler(
                                  [](raw_job const&, context& ctx, pqxx::work& tx) {
                                      while (!ctx.stop().stop_requested()) std::this_thread::yield();
                                      std::this_thread::sleep_for(50ms); // the first request finds nothing to cancel
                                      tx.exec("select pg_sleep(3600)");
                                  },
                                  {.timeout = 50ms})};
    db.wait_until(state, "dead");
    CHECK(db.value("select error_type from txq.failed_attempts") == "timeout");
}

TEST_CASE("a running job that is cancelled is asked to stop") {
    database db;
    put_jobs(db, {});
    std::promise<void> started;
    worker_options options;
    options.lease = 1s;
    running_worker worker{db, one_handler([&](raw_job const&, context& ctx) {
                              started.set_value();
                              while (!ctx.stop().stop_requested()) std::this_thread::yield();
                              throw std::runtime_error{"interrupted"};
                          }),
                          options};
    started.get_future().wait();
    db.query("update txq.jobs set cancelling = true");
    db.wait_until(state, "cancelled");
}

TEST_CASE("at shutdown a running handler may end") {
    database db;
    put_jobs(db, {});
    std::promise<void> started;
    std::promise<void> go_on;
    running_worker worker{db, one_handler([&](raw_job const&, context&) {
                              started.set_value();
                              go_on.get_future().wait();
                          })};
    started.get_future().wait();
    worker.get().stop();
    go_on.set_value();
    worker.join();
    CHECK(db.number(processed) == 1);
    CHECK(db.number("select count(*) from txq.workers") == 0);
    CHECK_FALSE(worker.get().abandoned_handlers());
}

TEST_CASE("at shutdown what did not begin and what does not end in time is given back uncounted") {
    database db;
    put_jobs(db, {.count = 5});
    std::promise<void> started;
    worker_options options;
    options.grace = 20ms;
    options.groups[0] = {.queues = {"default"}, .threads = 1, .prefetch = 4};
    running_worker worker{db, one_handler([&](raw_job const&, context& ctx) {
                              started.set_value();
                              while (!ctx.stop().stop_requested()) std::this_thread::yield();
                              throw std::runtime_error{"interrupted"};
                          }),
                          options};
    started.get_future().wait();
    worker.stop();
    CHECK(db.number("select count(*) from txq.jobs where state = 'ready' and attempt = 0") == 5);
    CHECK(db.number("select count(*) from txq.failed_attempts") == 0);
}

TEST_CASE("the jobs of a worker that is dead are given to others under a higher fence") {
    database db;
    put_jobs(db, {.count = 3});
    db.query(
        "insert into txq.workers (name, lease, queues, kinds) values ('gone:1', '1 second', '{default}', '{test}')");
    db.query("insert into txq.worker_beats (worker, beat) select id, 7 from txq.workers");
    db.query("update txq.jobs set state = 'running', worker = (select id from txq.workers), claimed_at = now(), "
             "attempt = 1, fence = 1");
    std::atomic<int> wrong{0};
    worker_options options;
    options.lease = 1s;
    running_worker worker{db, one_handler([&](raw_job const& job, context&) {
                              if (job.fence != 2 || job.attempt != 2) ++wrong;
                          }),
                          options};
    db.wait_until(processed, "3");
    CHECK(wrong == 0);
    CHECK(db.number(
              "select count(*) from txq.failed_attempts where error_type = 'worker_died' and worker = 'gone:1'") == 3);
}

TEST_CASE("a job whose workers die again and again is dead") {
    database db;
    put_jobs(db, {});
    db.query(
        "insert into txq.workers (name, lease, queues, kinds) values ('gone:1', '1 second', '{default}', '{test}')");
    db.query("insert into txq.worker_beats (worker, beat) select id, 7 from txq.workers");
    db.query("update txq.jobs set state = 'running', worker = (select id from txq.workers), claimed_at = now(), "
             "attempt = 3, fence = 3, crashes = 2");
    worker_options options;
    options.lease = 1s;
    running_worker worker{db, one_handler([](raw_job const&, context&) {}), options};
    db.wait_until(state, "dead");
    CHECK(db.number("select crashes from txq.jobs") == 3);
}

TEST_CASE("a worker that was taken for dead stops its handlers and registers again") {
    database db;
    put_jobs(db, {});
    std::atomic<int> runs{0};
    std::promise<stop_reason> asked;
    std::promise<void> started;
    worker_options options;
    options.lease = 1s;
    running_worker worker{db, one_handler([&](raw_job const&, context& ctx) {
                              if (++runs > 1) return;
                              started.set_value();
                              while (!ctx.stop().stop_requested()) std::this_thread::yield();
                              asked.set_value(ctx.why_stop());
                          }),
                          options};
    started.get_future().wait();
    db.query(
        "with gone as (delete from txq.workers) update txq.jobs set state = 'ready', worker = null, claimed_at = null");
    CHECK(asked.get_future().get() == stop_reason::lease_lost);
    db.wait_until(processed, "1");
    CHECK(runs == 2);
    CHECK(db.number("select attempt from txq.processed_jobs") == 2);
}

TEST_CASE("jobs of a claim whose answer was lost are run") {
    database db;
    worker_options options;
    options.lease = 1s;
    running_worker worker{db, one_handler([](raw_job const&, context&) {}), options};
    db.wait_until("select count(*) from txq.workers", "1");
    put_jobs(db, {.queue = "nobody's", .count = 3});
    db.query(
        "update txq.jobs set queue = 'default', state = 'running', worker = (select id from txq.workers), attempt = 1, "
        "fence = 1, claimed_at = now()");
    db.wait_until(processed, "3");
    CHECK(db.number("select count(*) from txq.processed_jobs where attempt = 1") == 3);
}

TEST_CASE("a worker goes on after its connections were lost") {
    database db;
    std::atomic<int> runs{0};
    running_worker worker{db, one_handler([&](raw_job const&, context&) { ++runs; })};
    for (int round = 1; round <= 3; ++round) {
        put_jobs(db, {.count = 20});
        db.wait_until(processed, std::to_string(20 * round));
        db.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> "
                 "pg_backend_pid()");
    }
    CHECK(runs == 60);
}

TEST_CASE("a worker refuses a database without its schema") {
    database db{database::schema::none};
    worker_options options;
    options.database = db.url();
    worker one{one_handler([](raw_job const&, context&) {}), options};
    CHECK_THROWS_AS(one.run(), error);
}

TEST_CASE("a worker that cannot be meant is refused before it connects") {
    registry const handlers = one_handler([](raw_job const&, context&) {});
    auto const with = [](auto change) {
        worker_options options;
        options.database = "host=nowhere";
        change(options);
        return options;
    };
    CHECK_THROWS_AS((worker{registry{}, with([](auto&) {})}), error);
    CHECK_THROWS_AS((worker{handlers, with([](auto& o) { o.groups.clear(); })}), error);
    CHECK_THROWS_AS((worker{handlers, with([](auto& o) { o.groups[0].threads = 0; })}), error);
    CHECK_THROWS_AS((worker{handlers, with([](auto& o) { o.groups[0].queues.clear(); })}), error);
    CHECK_THROWS_AS((worker{handlers, with([](auto& o) { o.lease = 10ms; })}), error);
    CHECK_THROWS_AS(one_handler([](raw_job const&, context&) {}, {.timeout = -1s}), error);
    CHECK_THROWS_AS(registry{handlers}.add("test", [](raw_job const&, context&) {}), error);
}
