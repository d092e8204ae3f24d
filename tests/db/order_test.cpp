// Jobs with an order key: one after the other, in the order of their enqueues.

#include <support/catch.hpp>
#include <support/command.hpp>
#include <support/database.hpp>
#include <support/eventually.hpp>
#include <support/process.hpp>
#include <support/relay.hpp>
#include <support/running_worker.hpp>
#include <support/scratch.hpp>

#include <atomic>
#include <csignal>
#include <map>
#include <mutex>

#include <txq/enqueue.hpp>

using namespace txq;
using namespace txq::test;
using Catch::Matchers::Contains;
using namespace std::chrono_literals;

namespace {

void enqueue_in_order(database& db, std::string const& key, int first, int last, enqueue_options options = {}) {
    options.order_key = key;
    pqxx::connection connection{db.url()};
    for (int i = first; i <= last; ++i) {
        pqxx::work tx{connection};
        enqueue(tx, "test", "{\"n\": " + std::to_string(i) + "}", options);
        tx.commit();
    }
}

int number_of(raw_job const& job) { return nlohmann::json::parse(job.payload)["n"].get<int>(); }

/// What ran, by order key, and whether two of one order did so at once.
class journal {
  public:
    void run(raw_job const& job) {
        begin(job);
        std::this_thread::sleep_for(100us);
        std::lock_guard const lock{mutex_};
        --running_[job.order_key];
    }
    std::vector<int> ran(std::string const& key) const {
        std::lock_guard const lock{mutex_};
        auto const found = ran_.find(key);
        return found == ran_.end() ? std::vector<int>{} : found->second;
    }
    bool overlapped() const { return overlapped_; }

  private:
    void begin(raw_job const& job) {
        std::lock_guard const lock{mutex_};
        if (++running_[job.order_key] > 1) overlapped_ = true;
        ran_[job.order_key].push_back(number_of(job));
    }

    mutable std::mutex mutex_;
    std::map<std::string, std::vector<int>> ran_;
    std::map<std::string, int> running_;
    std::atomic<bool> overlapped_{false};
};

std::vector<int> up_to(int last) {
    std::vector<int> all;
    for (int i = 1; i <= last; ++i) all.push_back(i);
    return all;
}

worker_options with_threads(int threads) {
    worker_options options;
    options.groups = {{.threads = threads}};
    return options;
}

constexpr auto states = "select string_agg(state::text, ' ' order by order_place) from txq.jobs";

} // namespace

TEST_CASE("jobs with the same order key run one after the other in the order of their enqueues") {
    database db;
    journal ran;
    auto const handlers = one_handler([&](raw_job const& job, context&) { ran.run(job); });
    running_relay const relay{db};
    running_worker const a{db, handlers, with_threads(8)};
    running_worker const b{db, handlers, with_threads(8)};
    enqueue_in_order(db, "first", 1, 40);
    enqueue_in_order(db, "second", 1, 40);
    db.wait_until(processed, "80");
    CHECK_FALSE(ran.overlapped());
    CHECK(ran.ran("first") == up_to(40));
    CHECK(ran.ran("second") == up_to(40));
}

TEST_CASE("jobs of different orders run side by side") {
    database db;
    std::atomic<int> running{0};
    std::atomic<bool> open{false};
    running_worker const worker{db, one_handler([&](raw_job const&, context&) {
                                    ++running;
                                    open.wait(false);
                                }),
                                with_threads(4)};
    relay_by_hand relay{db};
    enqueue_in_order(db, "first", 1, 3);
    enqueue_in_order(db, "second", 1, 3);
    relay.move_all();
    CHECK(eventually([&] { return running == 2; }));
    open = true;
    open.notify_all();
    db.wait_until(jobs_left, "0");
}

TEST_CASE("the first of an order is ready at once and the others wait") {
    database db;
    relay_by_hand relay{db};
    enqueue_in_order(db, "key", 1, 2);
    relay.move_all();
    enqueue_in_order(db, "key", 3, 3);
    relay.move_all();
    CHECK(db.value(states) == "ready waiting waiting");
}

TEST_CASE("a delayed job holds back those behind it") {
    database db;
    relay_by_hand relay{db};
    enqueue_in_order(db, "key", 1, 1, {.delay = 1h});
    enqueue_in_order(db, "key", 2, 2);
    relay.move_all();
    CHECK(db.value(states) == "scheduled waiting");
}

TEST_CASE("a job that is to be tried again holds back those behind it") {
    database db;
    journal ran;
    std::atomic<int> failures{0};
    handler_options const soon{.retry = fixed_backoff{.delay = 20ms}};
    running_worker const worker{db,
                                one_handler(
                                    [&](raw_job const& job, context&) {
                                        if (number_of(job) == 1 && failures++ < 2) throw std::runtime_error{"not yet"};
                                        ran.run(job);
                                    },
                                    soon),
                                with_threads(4)};
    relay_by_hand relay{db};
    enqueue_in_order(db, "key", 1, 5, {.order_holds = false});
    relay.move_all();
    db.wait_until(processed, "5");
    CHECK(ran.ran("key") == up_to(5));
    CHECK(failures == 3);
}

TEST_CASE("a dead job holds back those behind it until somebody decides") {
    database db;
    journal ran;
    std::atomic<bool> well{false};
    running_worker const worker{db, one_handler([&](raw_job const& job, context&) {
                                    if (number_of(job) == 1 && !well) throw permanent_error{"no"};
                                    ran.run(job);
                                }),
                                with_threads(4)};
    relay_by_hand relay{db};
    enqueue_in_order(db, "key", 1, 3);
    relay.move_all();
    db.wait_until(states, "dead waiting waiting");
    auto const id = db.value("select id from txq.jobs where state = 'dead'");

    SECTION("it is run again before them") {
        well = true;
        CHECK(run_txq(db, {"dead", "redrive", id}).status == 0);
        db.wait_until(processed, "3");
        CHECK(ran.ran("key") == up_to(3));
    }
    SECTION("they go on without it") {
        CHECK(run_txq(db, {"jobs", "discard", id}).status == 0);
        db.wait_until(processed, "2");
        CHECK(ran.ran("key") == std::vector{2, 3});
    }
}

TEST_CASE("jobs behind a dead one go on if it was enqueued so") {
    database db;
    journal ran;
    running_worker const worker{db, one_handler([&](raw_job const& job, context&) {
                                    if (number_of(job) == 1) throw permanent_error{"no"};
                                    ran.run(job);
                                }),
                                with_threads(4)};
    relay_by_hand relay{db};
    enqueue_in_order(db, "key", 1, 3, {.order_holds = false});
    relay.move_all();
    db.wait_until(processed, "2");
    CHECK(ran.ran("key") == std::vector{2, 3});
    CHECK(db.value(states) == "dead");
}

TEST_CASE("a handler with a transaction lets the next one run") {
    database db;
    db.query("create table done (n int)");
    running_worker const worker{db, one_handler([](raw_job const& job, context&, pqxx::work& tx) {
                                    tx.exec("insert into public.done values (" + std::to_string(number_of(job)) + ")");
                                }),
                                with_threads(4)};
    relay_by_hand relay{db};
    enqueue_in_order(db, "key", 1, 10);
    relay.move_all();
    db.wait_until(processed, "10");
    CHECK(db.value("select string_agg(n::text, ' ' order by ctid) from done") == "1 2 3 4 5 6 7 8 9 10");
}

TEST_CASE("a job that waits for its turn can be cancelled and the others go on when the first is") {
    database db;
    journal ran;
    relay_by_hand relay{db};
    enqueue_in_order(db, "key", 1, 3);
    relay.move_all();
    auto const id = [&](int n) {
        return db.value("select id from txq.jobs where payload->>'n' = '" + std::to_string(n) + "'");
    };
    CHECK(run_txq(db, {"jobs", "cancel", id(2), id(1)}).status == 0);
    CHECK(db.value(states) == "cancelled cancelled waiting");
    running_worker const worker{db, one_handler([&](raw_job const& job, context&) { ran.run(job); })};
    db.wait_until(processed, "1");
    CHECK(ran.ran("key") == std::vector{3});
}

TEST_CASE("an order holds while workers are killed") {
    database db;
    db.query("create table ran (id bigserial, key text, n int)");
    scratch const files;
    files.write("worker.toml",
                "lease = '1s'\n[group.all]\nthreads = 4\npoll_interval = '20ms'\n[kind.test]\nsql = \"\"\"\n"
                "with slept as materialized (select pg_sleep(0.005)) insert into ran (key, n) "
                "select $1->>'key', ($1->>'n')::int from slept\"\"\"\n");
    auto const start = [&] {
        return std::make_unique<process>(
            std::vector<std::string>{"txq-worker", "--config", files.file("worker.toml"), "--database", db.url()});
    };
    relay_by_hand relay{db};
    for (int n = 1; n <= 30; ++n)
        for (std::string const key : {"a", "b", "c", "d"})
            db.query("select txq.enqueue('test', '{\"key\": \"" + key + "\", \"n\": " + std::to_string(n) +
                     "}', order_key => '" + key + "')");
    relay.move_all();
    std::vector<std::unique_ptr<process>> workers;
    for (int i = 0; i < 2; ++i) workers.push_back(start());
    for (int kill = 0; kill < 2; ++kill) {
        auto const some = std::to_string(30 * (kill + 1));
        db.wait_until("select count(*) >= " + some + " from txq.processed_jobs", "t");
        workers[static_cast<std::size_t>(kill)]->send(SIGKILL);
        workers.push_back(start());
    }
    db.wait_until(jobs_left, "0");
    CHECK(db.number("select count(*) from ran") == 120);
    CHECK(db.number(
              "select count(*) from (select n, lag(n, 1, 0) over (partition by key order by id) as before from ran) "
              "as one where n <> before + 1") == 0);
}

TEST_CASE("an order key that cannot be meant is refused by SQL as by the library") {
    database db;
    CHECK_THROWS_WITH(db.query("select txq.enqueue('test', '{}', order_key => '')"),
                      Contains("order_key is empty; it must have 1 to 128 bytes"));
    CHECK_THROWS_WITH(db.query("select txq.enqueue('test', '{}', order_key => repeat('x', 129))"),
                      Contains("order_key has 129 bytes; the limit is 128"));
    pqxx::connection connection{db.url()};
    pqxx::work tx{connection};
    CHECK_THROWS_WITH(enqueue(tx, "test", "{}", {.order_key = std::string(129, 'x')}),
                      Contains("order_key has 129 bytes; the limit is 128"));
}

TEST_CASE("the command says whom a job waits for and what to do where that is dead or held") {
    database db;
    relay_by_hand relay{db};
    enqueue_in_order(db, "key", 1, 2);
    relay.move_all();
    auto const first = db.value("select id from txq.jobs where state = 'ready'");
    auto const second = db.value("select id from txq.jobs where state = 'waiting'");
    auto const shown = [&] { return run_txq(db, {"jobs", "show", second}).out; };
    auto const status = [&] { return run_txq(db, {"status"}).out; };

    CHECK_THAT(shown(), Contains("job " + first + " of its order is before it and is ready"));
    CHECK_THAT(status(), !Contains("of their order"));
    auto const [state, remedy] =
        GENERATE(table<std::string, std::string>({{"dead", "txq dead redrive "}, {"held", "txq jobs release "}}));
    db.query("update txq.jobs set state = '" + state + "', seq = null, finished_at = now() where id = '" + first + "'");
    CHECK_THAT(shown(), Contains(remedy + first));
    CHECK(run_txq(db, {"jobs", "show", second, "--json"}).json()["behind"] == first);
    CHECK_THAT(status(), Contains("jobs that wait behind a dead or held one of their order (orders: 1)"));
    CHECK(run_txq(db, {"queues", "list", "--json"}).json()["queues"][0]["stopped_orders"] == 1);
    if (state == "dead")
        CHECK(run_txq(db, {"dead", "redrive", first}).out ==
              first + " has been made ready; it waits for its turn in its order\n");
    else
        db.query("delete from txq.jobs where id = '" + first + "'");
    CHECK_THAT(shown(), Contains("none of its order runs"));
}

TEST_CASE("the command does not take an empty order key for none") {
    database db;
    CHECK(run_txq(db, {"enqueue", "test", "--order-key", ""}).status == 2);
    CHECK(run_txq(db, {"enqueue", "test", "--tenant", ""}).status == 2);
    CHECK(run_txq(db, {"enqueue", "test", "--order-goes-on"}).status == 2);
    CHECK(db.number("select count(*) from txq.outbox") == 0);
}
