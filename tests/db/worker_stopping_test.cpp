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

TEST_CASE("a handler that listens and returns nothing when asked to stop has not completed its job") {
    database db;
    put_jobs(db, {});
    db.query("create table effects (n integer)");
    auto const in_transaction = GENERATE(false, true);
    registry handlers;
    auto const wait = [](context& ctx) {
        while (!ctx.stop().stop_requested()) std::this_thread::yield();
    };
    handler_options const soon{.timeout = 20ms};
    if (in_transaction)
        handlers.add(
            "test",
            [&](raw_job const&, context& ctx, pqxx::work& tx) {
                tx.exec("insert into effects values (1)");
                wait(ctx);
            },
            soon);
    else
        handlers.add(
            "test", [&](raw_job const&, context& ctx) { wait(ctx); }, soon);
    running_worker worker{db, std::move(handlers)};
    db.wait_until(state, "scheduled");
    worker.stop();
    CHECK(db.value("select error_type from txq.failed_attempts limit 1") == "timeout");
    CHECK(db.number("select count(*) from effects") == 0);
    CHECK(db.number(processed) == 0);
}

TEST_CASE("a handler that says that it is done is done however late") {
    database db;
    put_jobs(db, {});
    running_worker worker{db, one_handler(
                                  [](raw_job const&, context& ctx) {
                                      while (!ctx.stop().stop_requested()) std::this_thread::yield();
                                      return outcome::complete();
                                  },
                                  {.timeout = 20ms})};
    db.wait_until(processed, "1");
}

TEST_CASE("a handler that never looks whether it is to stop completes its job however late") {
    database db;
    put_jobs(db, {});
    running_worker worker{db, one_handler(
                                  [&](raw_job const&, context&) {
                                      // longer than the timeout and the supervisor's next look
                                      auto const until = std::chrono::steady_clock::now() + 60ms;
                                      while (std::chrono::steady_clock::now() < until) std::this_thread::yield();
                                  },
                                  {.timeout = 1ms})};
    db.wait_until(processed, "1");
}

TEST_CASE("a job whose handler is left behind runs elsewhere only when the lease is over") {
    database db;
    put_jobs(db, {});
    auto const started = std::make_shared<std::promise<void>>();
    auto const end = std::make_shared<std::promise<void>>();
    worker_options options;
    options.lease = 1s;
    options.grace = 0s;
    running_worker first{db, one_handler([=](raw_job const&, context&) {
                             started->set_value();
                             end->get_future().wait();
                         }),
                         options};
    started->get_future().wait();
    first.stop();
    CHECK(first.get().abandoned_handlers());
    CHECK(db.value(state) == "running");
    CHECK(db.number("select count(*) from txq.workers where left_at is not null") == 1);
    running_worker second{db, one_handler([](raw_job const& job, context&) {
                              if (job.crashes != 0 || job.attempt != 1) throw std::runtime_error{"this was no crash"};
                          }),
                          options};
    db.wait_until(processed, "1");
    CHECK(db.number("select attempt from txq.processed_jobs") == 1);
    end->set_value();
}
