// Two sessions at the same schedules.

#include <support/catch.hpp>
#include <support/database.hpp>

#include <future>
#include <thread>

#include <scheduler/src/service.hpp>

#include <txq/scheduler.hpp>

using namespace std::chrono_literals;
using namespace txq;
using txq::test::database;

namespace {

scheduling_service scheduler_on(database& db) { return {{}, connection_info::parse(db.url())}; }

constexpr auto waiting =
    "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";

/// A schedule of every hour whose last time is due.
void add_due(database& db, std::string const& name, std::string const& rest = "") {
    db.query("select txq.add_schedule('" + name + "', 'every hour', 'test'" + rest + ")");
    db.query("update txq.schedules set since = now() - interval '1 hour' where name = '" + name + "'");
}

} // namespace

TEST_CASE("schedulers that try the same runs at once start each of them once") {
    database db{database::schema::queue};
    db.query(
        "select count(txq.add_schedule('s' || n, 'every minute', 'test', missed => 'all', missed_limit => 20)) from "
        "generate_series(1, 60) as n");
    db.query("update txq.schedules set since = date_trunc('minute', now()) - interval '19 minutes 30 seconds'");
    std::vector<std::future<void>> all;
    for (int i = 0; i < 4; ++i)
        all.push_back(std::async(std::launch::async, [&] {
            auto service = scheduler_on(db);
            for (int step = 0; step < 200; ++step)
                if (service.step() >= 200ms) break; // nobody else is at it and nothing is left
        }));
    for (auto& one : all) one.get();
    CHECK(db.number("select count(*) from txq.jobs") == db.number("select count(*) from txq.schedule_runs"));
    CHECK(db.number("select count(distinct (schedule, planned_at)) from txq.schedule_runs") >= 60 * 20);
    CHECK(db.number("select count(*) - count(distinct (headers->>'schedule', headers->>'planned_at')) from txq.jobs") ==
          0);
}

TEST_CASE("a removal that is not committed yet keeps a run back and then prevents it") {
    database db{database::schema::queue};
    add_due(db, "a");
    add_due(db, "b");
    auto service = scheduler_on(db);
    pqxx::connection application{db.url()};
    pqxx::work tx{application};
    tx.exec("select txq.remove_schedule('a')");

    service.step();
    CHECK(db.value("select string_agg(headers->>'schedule', ' ') from txq.jobs") == "b");
    SECTION("committed") {
        tx.commit();
        service.step();
        CHECK(db.number("select count(*) from txq.jobs") == 1);
    }
    SECTION("rolled back") {
        tx.abort();
        auto const deadline = std::chrono::steady_clock::now() + 10s;
        while (db.number("select count(*) from txq.jobs") < 2 && std::chrono::steady_clock::now() < deadline)
            std::this_thread::sleep_for(std::min(service.step(), std::chrono::milliseconds{20}));
        CHECK(db.number("select count(*) from txq.jobs where headers->>'schedule' = 'a'") == 1);
    }
}

TEST_CASE("a removal while a run is being started waits for it and the job stays") {
    database db{database::schema::queue};
    add_due(db, "a");
    pqxx::connection scheduler{db.url()};
    pqxx::work starting{scheduler};
    starting.exec("select * from txq.start_runs('{a}', array(select changed_in from txq.schedules), "
                  "array[date_trunc('hour', now())])");

    auto removing = std::async(std::launch::async, [&] {
        pqxx::connection application{db.url()};
        return std::string{pqxx::nontransaction{application}.exec("select txq.remove_schedule('a')")[0][0].c_str()};
    });
    db.wait_until(waiting, "1");
    starting.commit();

    CHECK(removing.get() == "t");
    CHECK(db.number("select count(*) from txq.jobs") == 1);
    CHECK(db.number("select count(*) from txq.schedules") == 0);
}

TEST_CASE("two applications that make the same schedule make one of it") {
    database db{database::schema::queue};
    pqxx::connection first{db.url()};
    pqxx::work tx{first};
    add_schedule(tx, "a", "@daily", "test", "{}");
    auto second = std::async(std::launch::async, [&] {
        pqxx::connection connection{db.url()};
        pqxx::work other{connection};
        auto const change = add_schedule(other, "a", "@hourly", "test", "{}");
        other.commit();
        return change;
    });
    db.wait_until(waiting, "1");
    SECTION("the first is committed") {
        tx.commit();
        CHECK(second.get() == schedule_change::changed);
    }
    SECTION("the first is rolled back") {
        tx.abort();
        CHECK(second.get() == schedule_change::added);
    }
    CHECK(db.value("select string_agg(times, ' ') from txq.schedules") == "@hourly");
}

TEST_CASE("a schedule that is removed while another makes it anew is there afterwards") {
    database db{database::schema::queue};
    add_due(db, "a");
    pqxx::connection first{db.url()};
    pqxx::work tx{first};
    remove_schedule(tx, "a");
    auto second = std::async(std::launch::async, [&] {
        pqxx::connection connection{db.url()};
        pqxx::work other{connection};
        auto const change = add_schedule(other, "a", "@daily", "test", "{}");
        other.commit();
        return change;
    });
    db.wait_until(waiting, "1");
    tx.commit();
    CHECK(second.get() == schedule_change::added);
}

TEST_CASE("a run by hand and one of the schedule's times do not overlap") {
    database db{database::schema::queue};
    add_due(db, "a", ", overlap => false");
    pqxx::connection application{db.url()};
    pqxx::work tx{application};
    run_schedule(tx, "a");
    auto service = scheduler_on(db);
    service.step();
    CHECK(db.number("select count(*) from txq.jobs") == 0); // the schedule is locked
    tx.commit();
    db.query("update txq.schedules set changed_in = pg_current_xact_id()"); // so that it is looked at now
    service.step();
    CHECK(db.number("select count(*) from txq.jobs") == 1);
    CHECK(db.number("select count(*) from txq.schedule_runs where job_id is null") == 1);
}
