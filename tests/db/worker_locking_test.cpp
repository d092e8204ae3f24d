// Jobs that are claimed by locks, and leased only when they last.

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/eventually.hpp>
#include <support/relay.hpp>
#include <support/running_worker.hpp>
#include <support/server.hpp>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

using namespace txq;
using namespace txq::test;
using namespace std::chrono_literals;

namespace {

/// As seen by the others: sessions that wait for their client with a transaction open.
constexpr auto open_transactions =
    "select count(*) from pg_stat_activity where datname = current_database() and state = 'idle in transaction'";
constexpr auto running = "select count(*) from txq.jobs where state = 'running'";

/// A gate that handlers of the kind "slow" wait at.
struct gate {
    std::atomic<bool> open{false};
    void wait() const { open.wait(false); }
    void let_through() {
        open = true;
        open.notify_all();
    }
};

/// Runs enough quick jobs for the worker to know that they are quick.
void make_quick(database& db) {
    auto const before = db.number(processed);
    put_jobs(db, {.count = 2000});
    db.wait_until(processed, std::to_string(before + 2000));
}

registry quick_and(std::string const& kind, auto handler) {
    registry handlers;
    handlers.add("test", [](raw_job const&, context&) {});
    handlers.add(kind, std::move(handler), {.retry = fixed_backoff{.delay = 1h}});
    return handlers;
}

/// A transaction that has recorded an operation and has not ended: whoever records the same one waits for it.
struct recording : transaction {
    explicit recording(database& db) : transaction{db} {
        run("insert into txq.processed_jobs (operation_id, job_id, queue, kind, attempt) values ('" + operation +
            "', gen_random_uuid(), 'default', 'test', 1)");
    }

    std::string const operation = uuid::v7().str();
};

/// Puts ready jobs that may be tried once, all at the same moment: one that is that operation, and one of each kind.
void put_operation(database& db, std::string const& operation, std::vector<std::string> const& and_kinds = {}) {
    transaction tx{db};
    auto const put = [&tx](std::string const& kind, std::string const& as) {
        tx.run("insert into txq.jobs (id, operation_id, queue, kind, priority, max_attempts, state, seq, run_at, "
               "enqueued_at, payload) values (gen_random_uuid(), " +
               as + ", 'default', '" + kind + "', 2, 1, 'ready', nextval('txq.job_seq'), now(), now(), '{}')");
    };
    put("test", "'" + operation + "'");
    for (auto const& kind : and_kinds) put(kind, "gen_random_uuid()");
    tx.run("notify txq_jobs, 'default'");
    tx.commit();
}

/// On a server that comes and goes.
void wait_for_no_jobs(std::string const& url) {
    CHECK(eventually([&] {
        pqxx::connection connection{url};
        return pqxx::nontransaction{connection}.exec(jobs_left)[0][0].as<int>() == 0;
    }));
}

} // namespace

TEST_CASE("a quick worker writes no lease") {
    database db;
    running_worker const worker{db, one_handler([](raw_job const&, context&) {})};
    make_quick(db);
    leases_noted leases{db};
    auto rounds = 0;
    CHECK(eventually([&] { // a batch that the machine held up for 30 ms gets them
        ++rounds;
        auto const began = std::chrono::steady_clock::now();
        put_jobs(db, {.count = 100});
        db.wait_until(jobs_left, "0");
        auto const few = leases.take() < 100;
        if (!few) CHECK(std::chrono::steady_clock::now() - began >= 30ms);
        return few;
    }));
    CHECK(db.number(processed) == 2000 + 100 * rounds);
}

TEST_CASE("a job that lasts gets a lease and no transaction waits for it") {
    database db;
    gate closed;
    running_worker const worker{db, quick_and("slow", [&](raw_job const&, context&) { closed.wait(); })};
    make_quick(db);
    put_jobs(db, {.kind = "slow"});
    db.wait_until(running, "1");
    db.wait_until(open_transactions, "0");
    CHECK(db.value("select attempt || ' ' || fence from txq.jobs") == "1 1");
    closed.let_through();
    db.wait_until(jobs_left, "0");
    CHECK(db.number(processed) == 2001);
}

TEST_CASE("jobs beside one that lasts do not wait for it") {
    database db;
    gate closed;
    running_worker const worker{db, quick_and("slow", [&](raw_job const&, context&) { closed.wait(); })};
    make_quick(db);
    put_jobs(db, {.kind = "slow"});
    put_jobs(db, {.count = 50});
    db.wait_until(jobs_left, "1");
    CHECK(db.number(processed) == 2050);
    closed.let_through();
    db.wait_until(jobs_left, "0");
}

TEST_CASE("an attempt that fails under a lock counts and is kept") {
    database db;
    running_worker const worker{
        db, quick_and("bad", [](raw_job const&, context&) { throw std::runtime_error{"no such order"}; })};
    make_quick(db);
    put_jobs(db, {.kind = "bad"});
    db.wait_until("select state || ' ' || attempt from txq.jobs", "scheduled 1");
    CHECK(db.value("select message || ' ' || attempt || ' ' || fence from txq.failed_attempts") == "no such order 1 1");
}

TEST_CASE("a job that wants a transaction is run beside quick ones") {
    database db;
    db.query("create table ledger (id uuid)");
    registry handlers;
    handlers.add("test", [](raw_job const&, context&) {});
    handlers.add("ledger", [](raw_job const& job, context&, pqxx::work& tx) {
        tx.exec("insert into public.ledger values (" + tx.quote(job.id.str()) + ")");
    });
    running_worker const worker{db, std::move(handlers)};
    make_quick(db);
    for (int i = 0; i < 20; ++i) {
        put_jobs(db, {.kind = "ledger", .count = 3});
        put_jobs(db, {.count = 3});
    }
    db.wait_until(jobs_left, "0");
    CHECK(db.number("select count(distinct id) from ledger") == 60);
    CHECK(db.number("select count(*) from ledger") == 60);
    CHECK(db.number(processed) == 2120);
}

TEST_CASE("jobs whose locks are lost while they run are recorded under leases and not run again") {
    database db;
    gate closed;
    std::atomic<int> runs{0};
    running_worker const worker{db, quick_and("slow", [&](raw_job const&, context&) {
                                    ++runs;
                                    closed.wait();
                                })};
    make_quick(db);
    db.query("create function killed() returns trigger language plpgsql as "
             "'begin perform pg_terminate_backend(pg_backend_pid()); return new; end'");
    // the lease of the slow job is what the locker's session dies of, once
    db.query("create sequence deaths");
    db.query("create trigger killed after update on txq.jobs for each row "
             "when (new.state = 'running' and nextval('public.deaths') = 1) execute function killed()");
    put_jobs(db, {.kind = "slow"});
    db.wait_until(running, "1");
    closed.let_through();
    db.wait_until(jobs_left, "0");
    CHECK(runs == 1);
    CHECK(db.number("select last_value from deaths") > 1);
    CHECK(db.number(processed) == 2001);
}

TEST_CASE("jobs beside one whose operation is recorded while it runs are recorded and not run again") {
    database db;
    std::atomic<int> runs{0};
    running_worker const worker{db, quick_and("recorded", [&](raw_job const& job, context&) {
                                    ++runs;
                                    pqxx::connection other{db.url()};
                                    pqxx::nontransaction{other}.exec(
                                        "insert into txq.processed_jobs (operation_id, job_id, queue, kind, attempt) "
                                        "values ('" +
                                        job.operation_id.str() + "', gen_random_uuid(), 'default', 'recorded', 1)");
                                })};
    make_quick(db);
    put_jobs(db, {.kind = "recorded"});
    put_jobs(db, {.count = 50});
    db.wait_until(jobs_left, "0");
    CHECK(runs == 1);
    CHECK(db.number(processed) == 2051);
}

TEST_CASE("a batch that waits for a handler's transaction holds up nobody") {
    database db;
    running_worker const worker{db, one_handler([](raw_job const&, context&) {})};
    make_quick(db);
    recording other{db};
    put_operation(db, other.operation);
    db.wait_until(running, "1");
    put_jobs(db, {.count = 100});
    db.wait_until(jobs_left, "1");
    other.commit();
    db.wait_until(jobs_left, "0");
    CHECK(db.number(processed) == 2101);
}

TEST_CASE("jobs that wait behind a slow one while their batch cannot be recorded are given back and run") {
    database db;
    gate slow;
    // a lease that is long: jobs that nobody runs are looked for once in 60 signs of life, four minutes
    worker_options options;
    options.lease = 20s;
    options.groups = {{.queues = {"default"}, .threads = 1}};
    running_worker const worker{db, quick_and("slow", [&](raw_job const&, context&) { slow.wait(); }), options};
    make_quick(db);
    recording other{db};
    // in one batch: a job that is done at once and cannot be recorded, a slow one, and those behind it
    put_operation(db, other.operation, {"slow", "test", "test", "test"});
    db.wait_until("select count(*) from txq.jobs where state = 'running' and kind = 'slow'", "1");
    other.roll_back();
    slow.let_through();
    db.wait_until(jobs_left, "0");
    CHECK(db.number(processed) == 2005);
}

TEST_CASE("jobs that another worker had locked when it died are run") {
    database db;
    put_jobs(db, {.count = 1500});
    {
        pqxx::connection dead{db.url()};
        pqxx::work tx{dead};
        tx.exec("select from txq.jobs for update");
    }
    worker_options options;
    options.lease = 1s;
    running_worker const worker{db, one_handler([](raw_job const&, context&) {}), options};
    put_jobs(db, {.count = 2000});
    db.wait_until(jobs_left, "0");
    CHECK(db.number(processed) == 3500);
}

TEST_CASE("a worker that claims by locks goes on after its server was away") {
    server away;
    auto const url = away.make_database("jobs");
    worker_options options;
    options.lease = 1s;
    registry handlers = quick_and("ledger", [](raw_job const&, context&, pqxx::work&) {});
    running_worker const worker{url, std::move(handlers), options};
    {
        pqxx::connection connection{url};
        put_jobs(connection, {.count = 2000});
    }
    wait_for_no_jobs(url);
    for (int times = 0; times < 3; ++times) {
        away.crash();
        std::this_thread::sleep_for(1500ms); // some attempts to connect
        away.start();
    }
    {
        pqxx::connection connection{url};
        put_jobs(connection, {.count = 10});
        put_jobs(connection, {.kind = "ledger", .count = 10});
    }
    wait_for_no_jobs(url);
}

TEST_CASE("a worker that stops gives back what waited under locks") {
    database db;
    std::atomic<int> begun{0};
    worker_options options;
    options.grace = 0ms;
    {
        auto const wait = [&](raw_job const&, context& ctx) {
            ++begun;
            begun.notify_all();
            std::mutex mutex;
            std::unique_lock lock{mutex};
            std::condition_variable_any{}.wait(lock, ctx.stop(), [] { return false; });
        };
        running_worker const worker{db, quick_and("slow", wait), options};
        make_quick(db);
        put_jobs(db, {.kind = "slow", .count = 30});
        begun.wait(0);
    }
    CHECK(db.number("select count(*) from txq.jobs where state = 'ready' and attempt = 0") == 30);
}
