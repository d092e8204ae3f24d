// Servers that are gone, and servers and server processes that were stopped: connections stay, and nobody answers.

#include <support/catch.hpp>
#include <support/cost.hpp>
#include <support/process.hpp>
#include <support/questions.hpp>
#include <support/relay_and_worker.hpp>
#include <support/running_worker.hpp>
#include <support/server.hpp>

#include <chrono>
#include <csignal>
#include <future>
#include <thread>

#include <txq/detail/session.hpp>
#include <txq/enqueue.hpp>

using namespace std::chrono_literals;
using namespace txq;
using namespace txq::test;

namespace {

/// One of a server's processes, stopped until the end.
class stopped_process {
  public:
    explicit stopped_process(std::string const& id) : id_{std::stoi(id)} { ::kill(id_, SIGSTOP); }
    ~stopped_process() { ::kill(id_, SIGCONT); }
    stopped_process(stopped_process const&) = delete;
    stopped_process& operator=(stopped_process const&) = delete;

  private:
    pid_t id_;
};

constexpr auto nothing = "select 1";
constexpr auto enqueue_one = "select txq.enqueue('test', '{}')";
constexpr auto completed = "select count(*) from txq.processed_jobs";

void run_one_job(std::string const& url) {
    questions shop{url};
    shop.value(enqueue_one);
    REQUIRE(shop.becomes(completed, "1"));
}

/// Nothing that would come to much in an outage of a night: no busy loop, no memory that grows, no line for each try.
void check_waits_quietly(cost const& before, cost const& after, std::chrono::duration<double> time) {
    CHECK(after.cpu_s - before.cpu_s < time.count() / 20);
    CHECK(after.memory_kib - before.memory_kib < 2048);
    CHECK(after.lines - before.lines < 20);
}

/// An application that waits for no lock, and for nothing else that takes long.
class impatient_application {
  public:
    explicit impatient_application(std::string const& url) : session_{url} {
        pqxx::nontransaction{session_}.exec("set lock_timeout = '1ms'; set statement_timeout = '2s'");
    }

    void enqueue_in_transactions(int count) {
        for (; count > 0; --count) {
            pqxx::work tx{session_};
            txq::enqueue(tx, "test", "{}");
            tx.commit();
        }
    }

  private:
    pqxx::connection session_;
};

void check_gave_up(process& one) {
    CHECK(one.wait() == 6);
    CHECK_THAT(one.output(), Catch::Matchers::Contains("giving up"));
}

} // namespace

TEST_CASE("a relay and a worker whose server does not answer any more give up with an exit status of their own") {
    server stopping;
    auto const url = stopping.make_database("shop");
    relay_and_worker both{url, "2s", nothing};
    run_one_job(url);
    stopping.freeze();
    check_gave_up(both.relay);
    check_gave_up(both.worker);
}

TEST_CASE("a relay and a worker that never get an answer give up as well") {
    server stopping;
    auto const url = stopping.make_database("shop");
    stopping.freeze();
    relay_and_worker both{url, "2s", nothing};
    check_gave_up(both.relay);
    check_gave_up(both.worker);
}

TEST_CASE("a relay and a worker whose server is gone for good give up as well") {
    server stopping;
    auto const url = stopping.make_database("shop");
    relay_and_worker both{url, "2s", nothing};
    run_one_job(url);
    stopping.crash();
    check_gave_up(both.relay);
    check_gave_up(both.worker);
}

TEST_CASE("a job is run within ten seconds when the server is back from an outage that was longer than all pauses") {
    server away;
    auto const url = away.make_database("shop");
    relay_and_worker both{url, "0s", nothing};
    run_one_job(url);

    away.crash();
    REQUIRE(eventually([&] { return both.relay.output().find("trying again") != std::string::npos; }));
    auto const [relay, worker] = std::pair{cost_of(both.relay), cost_of(both.worker)};
    constexpr auto outage = 15s; // pauses between tries grow to five seconds meanwhile
    std::this_thread::sleep_for(outage);
    check_waits_quietly(relay, cost_of(both.relay), outage);
    check_waits_quietly(worker, cost_of(both.worker), outage);
    away.start();

    auto const reachable = std::chrono::steady_clock::now();
    questions shop{url};
    shop.value(enqueue_one);
    REQUIRE(shop.becomes(completed, "2"));
    CHECK(std::chrono::steady_clock::now() - reachable < time_to_come_back);
}

TEST_CASE("a relay and a worker whose server was stopped for a while go on by themselves") {
    server stopping;
    auto const url = stopping.make_database("shop");
    relay_and_worker both{url, "0s", nothing};
    questions shop{url};
    shop.value(enqueue_one);
    REQUIRE(shop.becomes(completed, "1"));
    stopping.freeze();
    REQUIRE(eventually([&] { return both.worker.output().find("cannot be reached") != std::string::npos; }));
    stopping.thaw();
    shop.value(enqueue_one);
    CHECK(shop.becomes(completed, "2", time_to_come_back));
    both.relay.send(SIGTERM);
    both.worker.send(SIGTERM);
    CHECK(both.relay.wait() == 0);
    CHECK(both.worker.wait() == 0);
}

TEST_CASE("an application's transactions wait for nothing while its relay and its queue are stopped or gone") {
    server shop_server;
    server queue_server;
    auto const url = shop_server.make_database("shop");
    auto const queue_url = queue_server.make_database("queue");
    impatient_application shop{url};
    questions queue{queue_url};
    constexpr int some = 300;
    constexpr auto moved = "select count(*) from txq.jobs";
    {
        process relay{{"txq-relay", "--source", url, "--queue", queue_url, "--rotate-interval", "20ms"}};
        shop.enqueue_in_transactions(some);
        relay.send(SIGSTOP); // wherever it is: in the middle of a batch, or of a turn of the ring
        shop.enqueue_in_transactions(some);
        relay.send(SIGCONT);
        REQUIRE(queue.becomes(moved, std::to_string(2 * some)));
        queue_server.freeze();
        shop.enqueue_in_transactions(some);
        queue_server.thaw();
        REQUIRE(queue.becomes(moved, std::to_string(3 * some)));
    }
    queue_server.crash();
    shop.enqueue_in_transactions(some);
    questions outbox{url};
    CHECK(outbox.value("select count(*) >= " + std::to_string(some) + " from txq.outbox") == "t");
}

TEST_CASE("a worker goes on without a server process that was stopped") {
    server stopping;
    auto const url = stopping.make_database("shop");
    relay_and_worker both{url, "0s", nothing};
    questions shop{url};
    auto const heart = "select pid from pg_stat_activity where application_name = 'txq-worker heart'";
    REQUIRE(eventually([&] { return !shop.value(heart).empty(); }));
    auto const pid = shop.value(heart);
    REQUIRE(shop.becomes("select count(*) from txq.workers", "1"));
    stopped_process const stopped{pid};
    REQUIRE(eventually([&] { return both.worker.output().find("does not answer") != std::string::npos; }));
    REQUIRE(eventually([&] { return both.worker.output().find("the database is back") != std::string::npos; }));
    shop.value(enqueue_one);
    CHECK(shop.becomes(completed, "1"));
}

TEST_CASE("a handler whose server process was stopped has failed when its time is over") {
    server stopping;
    auto const url = stopping.make_database("shop");
    questions shop{url};
    shop.value(
        "insert into txq.jobs (id, operation_id, queue, kind, priority, max_attempts, state, seq, run_at, enqueued_at, "
        "payload) values (gen_random_uuid(), gen_random_uuid(), 'default', 'test', 2, 1, 'ready', 1, now(), now(), "
        "'{}')");
    std::promise<std::string> at;
    std::promise<void> stopped;
    running_worker const worker{url, one_handler(
                                         [&](raw_job const&, context&, pqxx::work& tx) {
                                             at.set_value(tx.exec("select pg_backend_pid()")[0][0].c_str());
                                             stopped.get_future().wait();
                                             tx.exec("select 1");
                                         },
                                         {.timeout = 500ms})};
    stopped_process const one{at.get_future().get()};
    stopped.set_value();
    CHECK(shop.becomes("select state from txq.jobs", "dead"));
    CHECK(shop.value("select error_type from txq.failed_attempts") == "timeout");
}

TEST_CASE("a statement and a transaction end with an error when the server process was stopped") {
    server stopping;
    session::options how{.where = connection_info::parse(stopping.url()), .statement_timeout = 1ms};
    session asking{how};
    questions other{stopping.url()};
    stopped_process const stopped{std::to_string(asking.connection().backendpid())};
    try {
        asking.run(sql::next_transaction);
        FAIL("there was an answer");
    } catch (pqxx::failure const& failed) { CHECK(classify(failed) == fault::connection); }
}

TEST_CASE("a rollback ends when the server process was stopped") {
    server stopping;
    session::options how{.where = connection_info::parse(stopping.url()), .statement_timeout = 1s};
    session asking{how};
    {
        auto const bounded = asking.bound();
        pqxx::work tx{asking.connection()};
        asking.run(tx, sql::database_identity);
        ::kill(asking.connection().backendpid(), SIGSTOP);
    }
    CHECK_THROWS_AS(asking.run(sql::database_identity), pqxx::failure);
    stopping.thaw();
}
