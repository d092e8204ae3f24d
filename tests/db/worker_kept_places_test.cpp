// Workers under limits by key that are far from reached: their batches keep places for those that follow.

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/eventually.hpp>
#include <support/running_worker.hpp>
#include <support/server.hpp>
#include <worker/src/kept_places.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace txq;
using namespace txq::test;
using namespace std::chrono_literals;

namespace {

using clock_type = std::chrono::steady_clock;

worker_options with_threads(int threads) {
    worker_options options;
    options.groups = {{.threads = threads}};
    return options;
}

/// Quick jobs of tenants that take turns.
class tenants {
  public:
    explicit tenants(database& db) : db_{db} {
        db_.query("create function of_a_tenant() returns trigger language plpgsql as $$ begin new.tenant := "
                  "'tenant ' || new.seq % 3; new.payload := jsonb_build_object('n', new.seq); return new; end $$");
        db_.query("create trigger of_a_tenant before insert on txq.jobs for each row execute function of_a_tenant()");
    }
    void put(int count) { put_jobs(db_, {.count = count}); }
    void run(int count) {
        auto const before = db_.number(processed);
        put(count);
        db_.wait_until(processed, std::to_string(before + count));
    }

  private:
    database& db_;
};

/// How often batches have asked for places since.
class asks_noted {
  public:
    explicit asks_noted(database& db) : db_{db} {
        db_.query("create sequence asks");
        db_.query("create function note_ask() returns trigger language plpgsql as $$ begin "
                  "perform nextval('public.asks'); return null; end $$");
        db_.query("create trigger note_ask after insert on txq.limit_batches execute function note_ask()");
    }
    long number() { return db_.number("select case when is_called then last_value else 0 end from asks"); }

  private:
    database& db_;
};

constexpr auto places_held = "select count(*) from txq.limit_batches";
constexpr auto lockers = 2;

} // namespace

TEST_CASE("batches ask for places now and then and not each of them, whatever their keys") {
    database db;
    auto const each = GENERATE(as<std::string>{}, "tenant", "payload.n");
    db.query("select txq.set_limit('kind', 'test', 1000, each => '" + each + "')");
    tenants all{db};
    running_worker const worker{db, one_handler([](raw_job const&, context&) {}), with_threads(4)};
    all.run(2000); // by then it knows that they are quick
    asks_noted asks{db};
    auto const begun = clock_type::now();
    all.run(50'000);
    auto const most = lockers * ((clock_type::now() - begun) / kept_places::lasting + 3); // new kinds, the last ones
    CHECK(asks.number() > 0);
    CHECK(asks.number() <= most);
}

TEST_CASE("a batch with a job that lasts keeps its places of any key") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 1000, each => 'tenant')");
    tenants all{db};
    std::atomic<int> run{0};
    std::atomic<bool> some_last{false};
    auto const handlers = one_handler([&](raw_job const&, context&) {
        if (some_last && ++run % 250 == 0) std::this_thread::sleep_for(60ms); // longer than a batch may take
    });
    running_worker const worker{db, handlers, with_threads(4)};
    all.run(5000);
    asks_noted asks{db};
    some_last = true;
    auto const begun = clock_type::now();
    all.run(20'000); // in 40 batches or more
    auto const most = lockers * ((clock_type::now() - begun) / kept_places::lasting + 3);
    CHECK(asks.number() <= most);
}

TEST_CASE("places that a worker keeps and does not need are given back") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 1000, each => 'tenant')");
    tenants all{db};
    running_worker const worker{db, one_handler([](raw_job const&, context&) {}), with_threads(4)};
    for (int i = 0; i < 3; ++i) {
        all.run(2000);
        db.wait_until(places_held, "0");
    }
}

TEST_CASE("whatever runs holds a place of its tenant, which its batch or one before it has asked for") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 1000, each => 'tenant')");
    tenants all{db};
    asks_noted asks{db};
    std::atomic<int> begun{0};
    std::atomic<int> looked{0};
    std::atomic<int> without{0};
    auto const handlers = one_handler([&](raw_job const& job, context&) {
        if (++begun % 20 != 0) return;
        thread_local pqxx::connection connection{db.url()};
        auto const held = pqxx::nontransaction{connection}.exec(
            "select from txq.limit_batches where any_key or key = '" + job.tenant +
            "' union all select from txq.limit_holds where job_id = '" + job.id.str() + "'");
        ++looked;
        without += held.empty() ? 1 : 0;
    });
    running_worker const worker{db, handlers, with_threads(4)};
    all.run(10'000);                           // by then it knows that they are quick
    for (int i = 0; i < 60; ++i) all.run(100); // a batch at a time, some of them within what the one before has kept
    CHECK(asks.number() > 0);
    CHECK(looked > 100);
    CHECK(without == 0);
}

TEST_CASE("a limit for each tenant holds where some workers keep places of any key and others count") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 12, each => 'tenant')"); // room for some to keep, not for all to run
    std::atomic<int> running{0};
    std::atomic<int> most{0};
    std::atomic<bool> lasting{false};
    auto const handlers = one_handler([&](raw_job const&, context&) {
        auto const now = ++running;
        for (auto seen = most.load(); seen < now && !most.compare_exchange_weak(seen, now);) {}
        if (lasting) std::this_thread::sleep_for(5ms);
        --running;
    });
    put_jobs(db, {.count = 300'000}); // all of nobody, and so of one key
    running_worker const first{db, handlers, with_threads(2)};
    db.wait_until("select exists (select from txq.limit_batches where any_key)", "t");
    std::vector<std::unique_ptr<running_worker>> others;
    for (int i = 0; i < 13; ++i) others.push_back(std::make_unique<running_worker>(db, handlers, with_threads(2)));
    lasting = true; // so that all 28 threads would like to run it
    auto const before = db.number(processed);
    db.wait_until("select count(*) >= " + std::to_string(before + 2000) + " from txq.processed_jobs", "t");
    CHECK(most <= 12);
}

TEST_CASE("a worker can be stopped while the server is away that it keeps places on") {
    server one;
    auto const url = one.make_database("shop");
    pqxx::connection connection{url};
    pqxx::nontransaction{connection}.exec("select txq.set_limit('kind', 'test', 1000, each => 'tenant')");
    std::atomic<int> runs{0};
    std::atomic<bool> open{true};
    auto const handlers = one_handler([&](raw_job const&, context&) {
        ++runs;
        open.wait(false);
    });
    running_worker worker{url, handlers, with_threads(4)};
    put_jobs(connection, {.count = 2000}); // then it knows that they are quick
    CHECK(eventually([&] { return runs == 2000; }));
    put_jobs(connection, {.count = 20'000});
    CHECK(eventually([&] { return runs > 4000; })); // in the middle of batches
    open = false;
    one.crash();
    open = true;
    open.notify_all();
    worker.stop();

    one.start();
    running_worker const next{url, handlers, with_threads(4)};
    pqxx::connection again{url};
    auto const done = [&] { return pqxx::nontransaction{again}.exec(processed)[0][0].as<int>(); };
    CHECK(eventually([&] { return done() == 22'000; }));
}
