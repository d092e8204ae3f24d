#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/gone.hpp>
#include <support/running_worker.hpp>

#include <atomic>
#include <future>
#include <optional>

#include <txq/error.hpp>
#include <txq/worker.hpp>

using namespace std::chrono_literals;
using namespace txq;
using namespace txq::test;

TEST_CASE("the jobs of a worker that is dead are given to others under a higher fence") {
    database db;
    put_jobs(db, {.count = 3});
    put_dead_workers(db);
    std::atomic<int> wrong{0};
    worker_options options;
    options.lease = 1s;
    running_worker worker{db, one_handler([&](raw_job const& job, context&) {
                              if (job.fence != 2 || job.attempt != 1) ++wrong;
                          }),
                          options};
    db.wait_until(processed, "3");
    CHECK(wrong == 0);
    CHECK(db.number(
              "select count(*) from txq.failed_attempts where error_type = 'worker_died' and worker = 'gone:1'") == 3);
}

TEST_CASE("a dead worker whose places of a limit somebody keeps locked does not keep others from being rescued") {
    database db;
    put_jobs(db, {.count = 2});
    db.query("select txq.set_limit('queue', 'other', 5)");
    put_dead_workers(db, 2);
    db.query("insert into txq.limit_grants (limit_id, worker, wanted, slots) "
             "select limits.id, (select min(id) from txq.workers), 1, 1 from txq.limits");
    pqxx::connection application{db.url()};
    std::optional<pqxx::work> removal{application};
    removal->exec("delete from txq.limit_grants"); // as txq.remove_limit does it
    worker_options options;
    options.lease = 1s;
    running_worker worker{db, one_handler([](raw_job const&, context&) {}), options};
    db.wait_until(processed, "1");
    CHECK(db.value(dead_workers) == "gone:1");
    removal->commit();
    db.wait_until(processed, "2");
}

TEST_CASE("a job whose workers die again and again is dead") {
    database db;
    put_jobs(db, {});
    put_dead_workers(db);
    db.query("update txq.jobs set attempt = 3, fence = 3, crashes = 2");
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
    put_lost_claim(db);
    end_claimer(db);
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

TEST_CASE("jobs that were claimed when a worker died run side by side") {
    database db;
    put_jobs(db, {.count = 4});
    db.query("update txq.jobs set crashes = 1");
    std::atomic<int> running{0};
    worker_options options;
    options.groups[0] = {.queues = {"default"}, .threads = 4};
    running_worker worker{db, one_handler([&](raw_job const&, context&) {
                              ++running;
                              while (running < 4) std::this_thread::yield();
                          }),
                          options};
    db.wait_until(processed, "4");
}

TEST_CASE("jobs that were claimed when two workers died run one at a time") {
    database db;
    put_jobs(db, {.count = 20});
    db.query("update txq.jobs set crashes = 2");
    put_jobs(db, {.count = 20});
    std::atomic<int> running{0};
    std::atomic<int> most{0};
    worker_options options;
    options.groups[0] = {.queues = {"default"}, .threads = 4};
    registry handlers = one_handler([&](raw_job const& job, context&) {
        if (job.crashes == 0) return;
        most = std::max<int>(most, ++running);
        std::this_thread::yield();
        --running;
    });
    running_worker worker{db, std::move(handlers), options};
    db.wait_until(processed, "40");
    CHECK(most == 1);
}

TEST_CASE("a job whose transaction commits late is run though later ones have been claimed") {
    database db;
    pqxx::connection slow{db.url()};
    pqxx::work late{slow};
    late.exec("insert into txq.jobs (id, operation_id, queue, kind, priority, max_attempts, state, seq, run_at, "
              "enqueued_at, payload) values (gen_random_uuid(), gen_random_uuid(), 'default', 'test', 2, 5, 'ready', "
              "nextval('txq.job_seq'), now(), now(), '{}')");
    worker_options options;
    options.groups[0].poll_interval = 1h;
    options.database = db.url();
    worker working{one_handler([](raw_job const&, context&) {}), options};
    std::jthread const running{[&] { working.run(); }};
    std::shared_ptr<void> const stop_at_end{nullptr, [&](void*) { working.stop(); }};
    auto const floors_settle = [&](int count) {
        put_jobs(db, {});
        db.wait_until(processed, std::to_string(count));
    };
    auto const until = std::chrono::steady_clock::now() + 400ms;
    int jobs = 0;
    while (std::chrono::steady_clock::now() < until) floors_settle(++jobs);
    late.commit();
    put_jobs(db, {}); // nobody is told of the late one, and the look after the last notification may be over
    db.wait_until(processed, std::to_string(jobs + 2));
}
