// Workers under limits for each key: never more handlers of a key at once than they say, in all processes together.

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/eventually.hpp>
#include <support/process.hpp>
#include <support/rates.hpp>
#include <support/running_worker.hpp>
#include <support/scratch.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

using namespace txq;
using namespace txq::test;
using namespace std::chrono_literals;

namespace {

/// How many handlers of each host run, and did at most.
class counters {
  public:
    void run(raw_job const& job, std::chrono::microseconds how_long) {
        auto const host = nlohmann::json::parse(job.payload)["host"].get<std::string>();
        begin(host);
        std::this_thread::sleep_for(how_long);
        std::lock_guard const lock{mutex_};
        --now_[host];
    }
    int most(std::string const& host) const {
        std::lock_guard const lock{mutex_};
        auto const found = most_.find(host);
        return found == most_.end() ? 0 : found->second;
    }

  private:
    void begin(std::string const& host) {
        std::lock_guard const lock{mutex_};
        most_[host] = std::max(most_[host], ++now_[host]);
    }

    mutable std::mutex mutex_;
    std::map<std::string, int> now_;
    std::map<std::string, int> most_;
};

worker_options with_threads(int threads) {
    worker_options options;
    options.groups = {{.threads = threads}};
    return options;
}

/// Quick ones, of hosts that take turns. Runs enough of them for the worker to know that they are.
void run_quick_ones(database& db, int count) {
    auto const before = db.number(processed);
    for (std::string const host : {"a", "b"})
        put_jobs(db, {.count = count / 2, .payload = "{\"host\": \"" + host + "\"}"});
    db.wait_until(processed, std::to_string(before + count));
}

constexpr auto places_held = "select (select count(*) from txq.limit_batches) + (select count(*) from txq.limit_holds "
                             "as held join txq.jobs as job on job.id = held.job_id)";

/// What is written to a table of limits fails, time and again, until this ends.
class refusal {
  public:
    refusal(database& db, std::string table) : db_{db}, table_{std::move(table)} {
        db_.query("create sequence refused");
        db_.query("create function refuse() returns trigger language plpgsql as $$ begin raise exception 'refused %', "
                  "nextval('public.refused'); end $$");
        db_.query("create trigger refuse before insert on " + table_ + " execute function refuse()");
    }
    void end() { db_.query("drop trigger refuse on " + table_); }
    int times() { return static_cast<int>(db_.number("select last_value from refused")); }
    void wait_for(int times) { db_.wait_until("select last_value >= " + std::to_string(times) + " from refused", "t"); }

  private:
    database& db_;
    std::string table_;
};

constexpr auto first_beat = "select count(*) from txq.worker_beats where beat > 0";

} // namespace

TEST_CASE("two workers together run as many jobs of each key as their limit says") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 2, each => 'payload.host')");
    counters all;
    auto const handlers = one_handler([&](raw_job const& job, context&) { all.run(job, 2ms); });
    for (int i = 0; i < 20; ++i) {
        put_jobs(db, {.count = 10, .payload = R"({"host": "a"})"});
        put_jobs(db, {.count = 2, .payload = R"({"host": "b"})"});
    }
    running_worker const a{db, handlers, with_threads(4)};
    running_worker const b{db, handlers, with_threads(4)};
    db.wait_until(jobs_left, "0");
    CHECK(all.most("a") == 2);
    CHECK(all.most("b") == 2);
    CHECK(db.number(processed) == 240);
}

TEST_CASE("a key at its limit does not hold back those behind it") {
    database db;
    db.query("select txq.set_limit('queue', 'default', 1, each => 'payload.host')");
    std::atomic<bool> open{false};
    auto const handlers = one_handler([&](raw_job const& job, context&) {
        if (job.payload.find("slow") != job.payload.npos) open.wait(false);
    });
    put_jobs(db, {.count = 500, .payload = R"({"host": "slow"})"});
    put_jobs(db, {.count = 5, .payload = R"({"host": "quick"})"});
    running_worker const worker{db, handlers, with_threads(4)};
    db.wait_until(processed, "5");
    db.wait_until("select count(*) from txq.parked_jobs where key = 'slow'", "499");
    open = true;
    open.notify_all();
    db.query("select txq.remove_limit('queue', 'default', 'payload.host')");
    db.wait_until(jobs_left, "0");
}

TEST_CASE("a limit for each key is obeyed by workers that run when it is set") {
    database db;
    counters all;
    auto const handlers = one_handler([&](raw_job const& job, context&) { all.run(job, 2ms); });
    running_worker const worker{db, handlers, with_threads(8)};
    db.wait_until(first_beat, "1");
    db.query("select txq.set_limit('kind', 'test', 1, each => 'payload.host')");
    db.wait_until("select extract(epoch from clock_timestamp()) > " +
                      db.value("select extract(epoch from clock_timestamp()) + 2"),
                  "t"); // what the page says
    put_jobs(db, {.count = 100, .payload = R"({"host": "a"})"});
    db.wait_until(jobs_left, "0");
    CHECK(all.most("a") == 1);
}

TEST_CASE("what began before workers knew of a limit for each key counts until it ends") {
    database db;
    std::atomic<bool> open{false};
    auto const handlers = one_handler([&](raw_job const&, context&) { open.wait(false); });
    running_worker const worker{db, handlers, with_threads(4)};
    db.wait_until(first_beat, "1");
    put_jobs(db, {.count = 2, .payload = R"({"host": "a"})"});
    db.wait_until("select count(*) from txq.jobs where state = 'running'", "2");
    db.query("select txq.set_limit('kind', 'test', 2, each => 'payload.host')"); // they have only just been claimed
    db.wait_until("select count(*) from txq.limit_holds", "2");
    put_jobs(db, {.count = 3, .payload = R"({"host": "a"})"});
    db.wait_until("select count(*) from txq.parked_jobs", "3");
    CHECK(db.number("select count(*) from txq.jobs where state = 'running'") == 2);
    open = true;
    open.notify_all();
    db.wait_until(jobs_left, "0");
}

TEST_CASE("a limit for each key holds while workers are killed and their places are used again") {
    database db;
    db.query("create table seen (id bigserial, jobs bigint)");
    db.query("select txq.set_limit('kind', 'test', 2, each => 'payload.host')");
    scratch const files;
    // who runs holds a lock that all see: also the session of a worker that was killed, until its statement ends
    files.write("worker.toml",
                "lease = '1s'\n[group.all]\nthreads = 4\npoll_interval = '20ms'\n[kind.test]\nsql = \"\"\"\n"
                "with begun as materialized (select pg_advisory_xact_lock_shared(72, ($1->>'host')::int)), waited as "
                "materialized (select pg_sleep(0.02) from begun) insert into seen (jobs) select count(*) from waited, "
                "pg_locks where locktype = 'advisory' and classid = 72 and objid = ($1->>'host')::int::oid and granted "
                "and database = (select oid from pg_database where datname = current_database())\"\"\"\n");
    auto const start = [&] {
        return std::make_unique<process>(
            std::vector<std::string>{"txq-worker", "--config", files.file("worker.toml"), "--database", db.url()});
    };
    for (int i = 0; i < 100; ++i)
        for (std::string const host : {"1", "2"}) put_jobs(db, {.payload = "{\"host\": " + host + "}"});
    std::vector<std::unique_ptr<process>> workers;
    for (int i = 0; i < 2; ++i) workers.push_back(start());
    for (int kill = 0; kill < 2; ++kill) {
        auto const some = std::to_string(40 * (kill + 1));
        db.wait_until("select count(*) >= " + some + " from txq.processed_jobs", "t");
        workers[static_cast<std::size_t>(kill)]->send(SIGKILL);
        workers.push_back(start());
    }
    db.wait_until(jobs_left, "0");
    CHECK(db.number("select max(jobs) from seen") == 2);
    CHECK(db.number(processed) == 200);
}

TEST_CASE("quick jobs of keys that are below their limit get no leases") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 8, each => 'payload.host')");
    counters all;
    auto const handlers = one_handler([&](raw_job const& job, context&) { all.run(job, 0us); });
    running_worker const worker{db, handlers, with_threads(4)};
    run_quick_ones(db, 2000);
    leases_noted leases{db};
    CHECK(eventually([&] { // a batch that the machine held up for 30 ms gets them
        run_quick_ones(db, 1000);
        return leases.take() < 500;
    }));
    CHECK(db.number(places_held) == 0);
    CHECK(all.most("a") <= 4);
}

TEST_CASE("quick jobs of workers that together have more threads than a key may run are never more than that") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 3, each => 'payload.host')");
    counters all;
    auto const handlers = one_handler([&](raw_job const& job, context&) { all.run(job, 10us); });
    running_worker const a{db, handlers, with_threads(3)};
    running_worker const b{db, handlers, with_threads(2)};
    for (int i = 0; i < 5; ++i) run_quick_ones(db, 1000);
    CHECK(all.most("a") <= 3);
    CHECK(all.most("b") <= 3);
    CHECK(db.number(places_held) == 0);
}

TEST_CASE("a worker is quick again when a key has room that had none") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 24, each => 'payload.host')");
    running_worker const worker{db, one_handler([](raw_job const&, context&) {}), with_threads(2)};
    run_quick_ones(db, 4000);
    db.query("insert into txq.workers (name, lease, queues, kinds) values ('another', '1 hour', '{}', '{}')");
    db.query("insert into txq.limit_batches select lim.id, host, other.id, 1, 24 from txq.limits as lim, "
             "unnest(array['a', 'b']) as host, txq.workers as other where other.name = 'another'");
    put_jobs(db, {.count = 30'000, .payload = R"({"host": "a"})"});
    db.wait_until("select exists (select from txq.parked_jobs)", "t");
    db.query("delete from txq.limit_batches where places = 24");
    db.wait_until("select exists (select from txq.limit_batches)", "t");
    db.wait_until(jobs_left, "0");
    CHECK(db.number(processed) == 34'000);
}

TEST_CASE("a job that lasts holds its place when the batch that it was claimed with is over") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 8, each => 'payload.host')");
    std::atomic<bool> open{false};
    auto const handlers = one_handler([&](raw_job const& job, context&) {
        if (job.payload.find("slow") != std::string::npos) open.wait(false);
    });
    running_worker const worker{db, handlers, with_threads(4)};
    run_quick_ones(db, 2000);
    put_jobs(db, {.payload = R"({"host": "slow"})"});
    db.wait_until("select count(*) from txq.limit_holds where key = 'slow'", "1");
    CHECK(db.number("select count(*) from txq.limit_batches") == 0);
    open = true;
    open.notify_all();
    db.wait_until(jobs_left, "0");
}

TEST_CASE("no more handlers of each key begin than its rate allows for what they cost") {
    database db;
    db.query("select txq.set_limit('kind', 'test', starts => 100, burst => 20, each => 'payload.host', cost => "
             "'payload.rows')");
    using clock = std::chrono::steady_clock;
    std::mutex mutex;
    std::map<std::string, std::vector<clock::time_point>> begun;
    auto const handlers = one_handler([&](raw_job const& job, context&) {
        std::lock_guard const lock{mutex};
        begun[nlohmann::json::parse(job.payload)["host"]].push_back(clock::now());
    });
    for (auto const* payload : {R"({"host": "a", "rows": 2})", R"({"host": "b", "rows": 2})"})
        put_jobs(db, {.count = 70, .payload = payload});
    running_worker const a{db, handlers, with_threads(4)};
    running_worker const b{db, handlers, with_threads(4)};
    db.wait_until(processed, "140");
    for (auto const& [host, times] : begun) {
        INFO(host);
        REQUIRE(times.size() == 70);
        CHECK(most_beyond({.per_second = 100, .burst = 20}, times, 2) <= 2);
        CHECK(times.back() - times.front() > 0.6s); // 140 of which 20 are had at once, and 50 more in that half second
    }
}

TEST_CASE("nothing is held for ever when connections of batches are lost") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 8, each => 'payload.host')");
    running_worker const worker{db, one_handler([](raw_job const&, context&) {}), with_threads(4)};
    run_quick_ones(db, 2000);
    auto const end_sessions = [&](std::string const& purpose) {
        return db.number("select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = "
                         "current_database() and application_name = 'txq-worker " +
                         purpose + "'");
    };
    auto ended = 0L;
    for (std::string const purpose : {"locker", "admission", "locker", "admission"}) {
        auto const before = db.number(processed);
        for (int i = 0; i < 20; ++i)
            for (std::string const host : {"a", "b"})
                put_jobs(db, {.count = 50, .payload = "{\"host\": \"" + host + "\"}"});
        ended += end_sessions(purpose);
        db.wait_until(processed, std::to_string(before + 2000));
    }
    CHECK(ended > 0);
    db.wait_until(places_held, "0");
}

TEST_CASE("what a server writes late for a batch whose connection was lost is given back") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 8, each => 'payload.host')");
    running_worker const worker{db, one_handler([](raw_job const&, context&) {}), with_threads(4)};
    run_quick_ones(db, 2000);
    CHECK(db.number("select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() "
                    "and application_name = 'txq-worker admission'") > 0);
    run_quick_ones(db, 2000);
    db.query("insert into txq.limit_batches select 1, 'late', id, 2, 8 from txq.workers");
    db.query("insert into txq.limit_batches select 1, 'late', id, 3, 8 from txq.workers");
    db.wait_until("select count(*) < 2 from txq.limit_batches where key = 'late'", "t");
}

TEST_CASE("a worker goes on claiming however often batches could not ask for their places") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 8, each => 'payload.host')");
    auto options = with_threads(4);
    options.lease = 1s;
    running_worker const worker{db, one_handler([](raw_job const&, context&) {}), options};
    run_quick_ones(db, 2000);
    refusal refused{db, "txq.limit_batches"};
    // together more jobs than a group has in its hands
    for (int put = 0; refused.times() < 12; ++put) {
        REQUIRE(put < 200);
        put_jobs(db, {.count = 300, .payload = R"({"host": "a"})"});
    }
    refused.end();
    db.wait_until(jobs_left, "0");
}

TEST_CASE("a worker goes on claiming however often its jobs could not ask for their places") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 8, each => 'payload.host')");
    auto options = with_threads(2);
    options.lease = 1s;
    options.groups[0].leases = lease_mode::always;
    options.groups[0].prefetch = 0;
    running_worker const worker{db, one_handler([](raw_job const&, context&) {}), options};
    run_quick_ones(db, 20);
    refusal refused{db, "txq.limit_holds"};
    put_jobs(db, {.count = 10, .payload = R"({"host": "a"})"});
    refused.wait_for(4); // two jobs each time, which are as many as it has threads
    refused.end();
    db.wait_until(processed, "30");
}
