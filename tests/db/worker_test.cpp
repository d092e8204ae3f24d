#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/running_worker.hpp>

#include <atomic>
#include <future>
#include <mutex>
#include <utility>
#include <vector>

#include <txq/error.hpp>
#include <txq/worker.hpp>

using namespace std::chrono_literals;
using namespace txq;
using namespace txq::test;

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

TEST_CASE("all attempts of a job have the same id and the same operation id") {
    database db;
    put_jobs(db, {.max_attempts = 3});
    db.query("update txq.jobs set operation_id = gen_random_uuid()");
    std::mutex mutex;
    std::vector<std::pair<uuid, uuid>> seen;
    auto const failing = [&](raw_job const& job, context&) {
        std::lock_guard const lock{mutex};
        seen.emplace_back(job.id, job.operation_id);
        throw std::runtime_error{"not yet"};
    };
    running_worker worker{db, one_handler(failing, {.retry = fixed_backoff{.delay = 1ms}})};
    db.wait_until(state, "dead");
    worker.stop();
    REQUIRE(seen.size() == 3);
    CHECK(seen[0].first != seen[0].second);
    CHECK(seen[1] == seen[0]);
    CHECK(seen[2] == seen[0]);
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
