// Workers under limits: never more handlers at once than they say, in all processes together, and no fewer either.

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/eventually.hpp>
#include <support/process.hpp>
#include <support/rates.hpp>
#include <support/running_worker.hpp>
#include <support/scratch.hpp>

#include <atomic>
#include <csignal>
#include <mutex>
#include <thread>

using namespace txq;
using namespace txq::test;
using namespace std::chrono_literals;

namespace {

/// How many handlers are within it, and were at most.
class counter {
  public:
    class within {
      public:
        explicit within(counter& all) : all_{all} {
            auto const now = ++all_.now_;
            for (auto most = all_.most_.load(); most < now && !all_.most_.compare_exchange_weak(most, now);) {}
        }
        ~within() { --all_.now_; }
        within(within const&) = delete;
        within& operator=(within const&) = delete;

      private:
        counter& all_;
    };

    int now() const { return now_; }
    int most() const { return most_; }
    /// Counts anew from what there is now.
    void reset() { most_ = now_.load(); }

  private:
    std::atomic<int> now_{0};
    std::atomic<int> most_{0};
};

struct closed_gate {
    std::atomic<bool> open{false};
    void wait() const { open.wait(false); }
    void let_through() {
        open = true;
        open.notify_all();
    }
};

void limit(database& db, std::string const& scope, std::string const& name, int max_running) {
    db.query("select txq.set_limit('" + scope + "', '" + name + "', " + std::to_string(max_running) + ")");
}

registry counting(counter& all, closed_gate const& gate) {
    return one_handler([&](raw_job const&, context&) {
        counter::within const here{all};
        gate.wait();
        std::this_thread::sleep_for(1ms);
    });
}

worker_options with_threads(int threads, std::vector<std::string> queues = {"default"}) {
    worker_options options;
    options.groups = {{.queues = std::move(queues), .threads = threads}};
    return options;
}

constexpr auto granted = "select coalesce(sum(slots), 0) from txq.limit_grants";
constexpr auto holding = "select count(*) from txq.limit_grants where slots > 0";

} // namespace

TEST_CASE("two workers together run as many jobs of a queue as its limit says") {
    database db;
    limit(db, "queue", "default", 3);
    counter all;
    closed_gate gate;
    put_jobs(db, {.count = 3000});
    running_worker const a{db, counting(all, gate), with_threads(8)};
    running_worker const b{db, counting(all, gate), with_threads(8)};
    CHECK(eventually([&] { return all.now() == 3; }));
    gate.let_through();
    db.wait_until(holding, "2"); // none keeps all of them
    db.wait_until(jobs_left, "0");
    CHECK(all.most() == 3);
    CHECK(db.number(processed) == 3000);
}

TEST_CASE("a limit of quick jobs is never exceeded") {
    database db;
    limit(db, "queue", "default", 2);
    counter all;
    auto const handlers = one_handler([&](raw_job const&, context&) { counter::within const here{all}; });
    put_jobs(db, {.count = 20'000});
    running_worker const a{db, handlers, with_threads(4)};
    running_worker const b{db, handlers, with_threads(4)};
    db.wait_until(jobs_left, "0");
    CHECK(all.most() <= 2);
    CHECK(db.number(processed) == 20'000);
}

TEST_CASE("a kind at its limit does not hold back the others of its queue") {
    database db;
    limit(db, "kind", "slow", 1);
    counter slow;
    closed_gate gate;
    registry handlers;
    handlers.add("test", [](raw_job const&, context&) {});
    handlers.add("slow", [&](raw_job const&, context&) {
        counter::within const here{slow};
        gate.wait();
    });
    put_jobs(db, {.kind = "slow", .count = 100});
    put_jobs(db, {.count = 100});
    running_worker const worker{db, handlers, with_threads(4)};
    db.wait_until(processed, "100");
    CHECK(eventually([&] { return slow.now() == 1; }));
    gate.let_through();
    db.wait_until(jobs_left, "0");
    CHECK(slow.most() == 1);
}

TEST_CASE("a limit holds for the groups of a worker together") {
    database db;
    limit(db, "kind", "test", 2);
    counter all;
    closed_gate gate;
    put_jobs(db, {.count = 5});
    put_jobs(db, {.queue = "other", .count = 5});
    auto options = with_threads(4);
    options.groups.push_back(with_threads(4, {"other"}).groups[0]);
    running_worker const worker{db, counting(all, gate), options};
    CHECK(eventually([&] { return all.now() == 2; }));
    gate.let_through();
    db.wait_until(jobs_left, "0");
    CHECK(all.most() == 2);
}

TEST_CASE("a limit can be raised and removed while jobs run") {
    database db;
    limit(db, "queue", "default", 0);
    counter all;
    closed_gate gate;
    put_jobs(db, {.count = 20});
    running_worker const worker{db, counting(all, gate), with_threads(8)};
    db.wait_until("select count(*) from txq.worker_beats where beat > 0", "1");
    CHECK(all.most() == 0);
    limit(db, "queue", "default", 2);
    CHECK(eventually([&] { return all.now() == 2; }));
    limit(db, "queue", "default", 5);
    CHECK(eventually([&] { return all.now() == 5; }));
    CHECK(all.most() == 5);
    db.query("select txq.remove_limit('queue', 'default')");
    CHECK(eventually([&] { return all.now() == 8; }));
    gate.let_through();
    db.wait_until(jobs_left, "0");
}

TEST_CASE("what runs when a limit is set or lowered goes on and counts") {
    database db;
    counter all;
    closed_gate gate;
    put_jobs(db, {.count = 20});
    running_worker const worker{db, counting(all, gate), with_threads(4)};
    CHECK(eventually([&] { return all.now() == 4; }));
    limit(db, "queue", "default", 1);
    db.wait_until(granted, "4");
    gate.let_through();
    db.wait_until(granted, "1");
    all.reset();
    put_jobs(db, {.count = 20});
    db.wait_until(jobs_left, "0");
    CHECK(all.most() == 1);
}

TEST_CASE("slots of an idle worker go to one that is short of them") {
    database db;
    limit(db, "queue", "default", 4);
    counter first;
    counter second;
    closed_gate open;
    open.let_through();
    closed_gate gate;
    running_worker idle{db, counting(first, open), with_threads(8)};
    put_jobs(db, {.count = 50});
    db.wait_until(jobs_left, "0");
    db.wait_until(holding, "1"); // which it keeps

    put_jobs(db, {.kind = "other", .count = 50});
    registry others;
    others.add("other", [&](raw_job const&, context&) {
        counter::within const here{second};
        gate.wait();
    });
    running_worker const busy{db, others, with_threads(8)};
    CHECK(eventually([&] { return second.now() == 4; }));
    gate.let_through();
    db.wait_until(jobs_left, "0");
    CHECK(second.most() == 4);
}

TEST_CASE("workers that know different kinds take turns at the only slot") {
    database db;
    limit(db, "queue", "default", 1);
    counter all;
    auto const handler = [&](raw_job const&, context&) {
        counter::within const here{all};
        std::this_thread::sleep_for(1ms);
    };
    registry some;
    some.add("a", handler);
    registry others;
    others.add("b", handler);
    put_jobs(db, {.kind = "a", .count = 100'000});
    put_jobs(db, {.kind = "b", .count = 50});
    running_worker const a{db, some, with_threads(2)};
    running_worker const b{db, others, with_threads(2)};
    db.wait_until("select count(*) from txq.jobs where kind = 'b'", "0");
    CHECK(all.most() == 1);
    CHECK(db.number(jobs_left) > 0);
}

TEST_CASE("no more handlers begin than a rate allows whatever workers there are") {
    database db;
    db.query("select txq.set_limit('queue', 'default', starts => 100, burst => 20)");
    std::mutex mutex;
    std::vector<std::chrono::steady_clock::time_point> begun;
    auto const handlers = one_handler([&](raw_job const&, context&) {
        std::lock_guard const lock{mutex};
        begun.push_back(std::chrono::steady_clock::now());
    });
    put_jobs(db, {.count = 300});
    running_worker const a{db, handlers, with_threads(4)};
    running_worker const b{db, handlers, with_threads(4)};
    db.wait_until(jobs_left, "0");
    REQUIRE(begun.size() == 300);
    CHECK(most_beyond({.per_second = 100, .burst = 20}, begun) <= 1);
    CHECK(begun.back() - begun.front() < 30s); // and it does come near to it
}

TEST_CASE("a limit holds while workers are killed and their slots are used again") {
    database db;
    db.query("create table seen (id bigserial, jobs bigint, worker integer default pg_backend_pid())");
    limit(db, "queue", "default", 3);
    scratch const files;
    // who runs holds a lock that all see: also the session of a worker that was killed, until its statement ends
    files.write("worker.toml",
                "lease = '1s'\n[group.all]\nthreads = 4\npoll_interval = '20ms'\n[kind.test]\nsql = \"\"\"\n"
                "with begun as materialized (select pg_advisory_xact_lock_shared(71)), waited as materialized "
                "(select pg_sleep(0.02) from begun) insert into seen (jobs) select count(*) from waited, pg_locks "
                "where locktype = 'advisory' and objid = 71 and granted and database = (select oid from "
                "pg_database where datname = current_database())\"\"\"\n");
    auto const start = [&] {
        return std::make_unique<process>(
            std::vector<std::string>{"txq-worker", "--config", files.file("worker.toml"), "--database", db.url()});
    };
    put_jobs(db, {.count = 400});
    std::vector<std::unique_ptr<process>> workers;
    for (int i = 0; i < 3; ++i) workers.push_back(start());
    for (int kill = 0; kill < 3; ++kill) {
        auto const some = std::to_string(60 * (kill + 1));
        db.wait_until("select count(*) >= " + some + " from txq.processed_jobs", "t");
        workers[static_cast<std::size_t>(kill)]->send(SIGKILL);
        workers.push_back(start());
    }
    db.wait_until(jobs_left, "0");
    CHECK(db.number("select max(jobs) from seen") == 3);
    CHECK(db.number(processed) == 400);
}
