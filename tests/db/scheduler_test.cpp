// What a scheduler does with a database, step by step; its clock is moved by moving what lies in the past.

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/schedule.hpp>

#include <future>

#include <scheduler/src/service.hpp>

#include <txq/embedded_migrations.hpp>
#include <txq/scheduler.hpp>

using namespace std::chrono_literals;
using namespace txq;
using Catch::Matchers::Contains;
using txq::test::database;

namespace {

scheduling_service scheduler_on(database& db, schedule_set set = {}) {
    scheduler_options options;
    options.set = std::move(set);
    return {options, connection_info::parse(db.url())};
}

/// A schedule whose last time was half an hour ago, so that none comes while the test runs, and that has as many times
/// as hours since it was made.
void add(database& db, std::string const& name, std::string const& hours, std::string const& rest = "") {
    auto const minute = "date_trunc('minute', now() - interval '30 minutes')";
    db.query("select txq.add_schedule('" + name + "', 'every hour at minute ' || extract(minute from " + minute +
             "), 'test'" + (rest.empty() ? "" : ", ") + rest + ")");
    db.query("update txq.schedules set since = " + std::string{minute} + " - interval '" + hours + "' where name = '" +
             name + "'");
}

constexpr auto jobs = "select count(*) from txq.jobs";

} // namespace

TEST_CASE("a scheduler with nothing to do looks again after its interval") {
    database db{database::schema::queue};
    auto service = scheduler_on(db);
    CHECK(service.step() == 1s);
    db.query("select txq.add_schedule('a', '@yearly', 'test')");
    CHECK(service.step() == 1s);
    CHECK(db.number(jobs) == 0);
}

TEST_CASE("a scheduler wakes when the next run is due") {
    database db{database::schema::queue};
    auto service = scheduler_on(db);
    db.query("select txq.add_schedule('a', 'every second', 'test')");
    auto const wait = service.step();
    CHECK(wait >= 1ms);
    CHECK(wait <= 1s);
}

TEST_CASE("a new schedule makes up for nothing that was before it") {
    database db{database::schema::queue};
    auto service = scheduler_on(db);
    db.query("select txq.add_schedule('a', 'every minute', 'test', missed => 'all')");
    service.step();
    CHECK(db.number("select count(*) from txq.jobs where run_at < now() - interval '2 seconds'") == 0);
}

TEST_CASE("missed times are made up for as the schedule says") {
    database db{database::schema::queue};
    auto service = scheduler_on(db);
    add(db, "once", "9 hours");
    add(db, "all", "9 hours", "missed => 'all', missed_limit => 4");
    service.step();
    CHECK(db.value(
              "select string_agg(schedule || ' ' || runs, ', ' order by schedule) from (select schedule, count(*) as "
              "runs from txq.schedule_runs group by schedule) as counted") == "all 4, once 1");
    CHECK(db.value("select bool_and(planned_at > now() - interval '1 hour') from txq.schedule_runs where schedule = "
                   "'once'") == "t");
    service.step();
    CHECK(db.number(jobs) == 5);
}

TEST_CASE("missed times that are not made up for are left out once and for all") {
    database db{database::schema::queue};
    auto service = scheduler_on(db);
    db.query("select txq.add_schedule('a', 'every day at 00:00', 'test', missed => 'skip')");
    // by a zone in which midnight was hours ago, whatever the time is
    db.query("update txq.schedules set zone = (select name from pg_timezone_names where name like 'Etc/GMT%' and "
             "extract(hour from now() at time zone name) = 12 limit 1), since = now() - interval '3 days'");
    service.step();
    service.step();
    CHECK(db.number(jobs) == 0);
}

TEST_CASE("a scheduler that starts anew goes on from the last run") {
    database db{database::schema::queue};
    add(db, "a", "9 hours", "missed => 'all'");
    scheduler_on(db).step();
    CHECK(db.number(jobs) == 9);
    db.query("delete from txq.schedule_runs where planned_at > now() - interval '2 hours 30 minutes'");
    db.query("delete from txq.jobs");
    scheduler_on(db).step();
    CHECK(db.number(jobs) == db.number("select 9 - (select count(*) from txq.schedule_runs where job_id not in (select "
                                       "id from txq.jobs))"));
    CHECK(db.number("select count(*) from txq.schedule_runs") == 9);
}

TEST_CASE("a schedule goes on from its last run and not from a run by hand") {
    database db{database::schema::queue};
    add(db, "a", "1 hour");
    db.query("select txq.run_schedule('a')");
    scheduler_on(db).step();
    CHECK(db.number("select count(*) from txq.schedule_runs where not by_hand") == 1);
}

TEST_CASE("runs of a clock that went a year ahead and came back hold nothing up") {
    database db{database::schema::queue};
    add(db, "a", "1 hour");
    db.query("insert into txq.schedule_runs values ('a', now() + interval '1 year', false, gen_random_uuid())");
    add(db, "new", "1 hour");
    db.query("update txq.schedules set since = now() + interval '1 year' where name = 'new'");
    auto service = scheduler_on(db);
    service.step();
    CHECK(db.value("select string_agg(headers->>'schedule', ' ') from txq.jobs") == "a");
    db.query("select txq.add_schedule('each', 'every second', 'test')");
    db.query("update txq.schedules set since = now() + interval '1 year' where name = 'each'");
    scheduler const running{{.database = db.url(), .look = 10ms}};
    db.wait_until("select count(*) >= 2 from txq.jobs where headers->>'schedule' = 'each'", "t");
}

TEST_CASE("changes are seen at the next look") {
    database db{database::schema::queue};
    auto service = scheduler_on(db);
    service.step();
    add(db, "a", "1 hour");
    db.query("select txq.pause_schedule('a')");
    service.step();
    CHECK(db.number(jobs) == 0);
    db.query("select txq.resume_schedule('a')");
    service.step();
    CHECK(db.number(jobs) == 0); // its last time was before it was resumed
    db.query("update txq.schedules set since = now() - interval '1 hour', changed_in = pg_current_xact_id()");
    service.step();
    CHECK(db.number(jobs) == 1);
}

TEST_CASE("a schedule is seen that was made in a transaction which lasted") {
    database db{database::schema::queue};
    auto service = scheduler_on(db);
    service.step();
    pqxx::connection other{db.url()};
    pqxx::work tx{other};
    tx.exec("select txq.add_schedule('a', 'every hour', 'test')");
    tx.exec("update txq.schedules set since = now() - interval '1 hour'");
    for (int i = 0; i < 3; ++i) {
        db.query("select txq.add_schedule('other', '@yearly', 'test', priority => " + std::to_string(i) + ")");
        service.step();
    }
    CHECK(db.number(jobs) == 0);
    tx.commit();
    service.step();
    CHECK(db.number(jobs) == 1);
}

TEST_CASE("schedules from a dump of another server are seen and changes to them too") {
    database db{database::schema::queue};
    add(db, "a", "1 hour");
    db.query("update txq.schedules set changed_in = '900000000000'");
    auto service = scheduler_on(db);
    service.step();
    CHECK(db.number(jobs) == 1);
    db.query("select txq.pause_schedule('a')");
    db.query("delete from txq.schedule_runs");
    db.query("delete from txq.jobs");
    service.step();
    CHECK(db.number(jobs) == 0);
}

TEST_CASE("times that cannot be understood are noted with their reason and given up until they are changed") {
    database db{database::schema::queue};
    auto service = scheduler_on(db);
    db.query("select txq.add_schedule('bad', 'every day at 25:00', 'test'), txq.add_schedule('zone', '@daily in "
             "Europe/Berln', 'test')");
    add(db, "good", "1 hour");
    service.step();
    CHECK(db.number(jobs) == 1);
    CHECK_THAT(db.value("select problem from txq.schedules where name = 'bad'"), Contains("25:00"));
    CHECK_THAT(db.value("select problem from txq.schedules where name = 'zone'"), Contains("Europe/Berln"));
    CHECK(db.value("select problem is null from txq.schedules where name = 'good'") == "t");
    db.query("select txq.add_schedule('bad', 'every day at 23:00', 'test')");
    service.step();
    CHECK(db.value("select problem is null from txq.schedules where name = 'bad'") == "t");
}

TEST_CASE("a set of schedules is put by the first step and by two at once as by one") {
    database db{database::schema::queue};
    schedule_set const set{
        .name = "shop",
        .schedules = {
            {.name = "report", .times = "@daily", .kind = "report", .payload = "[1e400]"},
            {.name = "tidy", .times = "@hourly", .kind = "", .command = "select 1", .options = {.tenant = "store 7"}}}};
    auto one = scheduler_on(db, set);
    auto two = scheduler_on(db, set);
    one.step();
    auto const written = db.value("select string_agg(ctid::text, ' ' order by name) from txq.schedules");
    two.step();
    CHECK(db.value("select string_agg(ctid::text, ' ' order by name) from txq.schedules") == written);
    CHECK(db.value("select string_agg(concat_ws('/', name, kind, command, tenant, file_set), ' ' order by "
                   "name) from txq.schedules") == "report/report/shop tidy/txq.sql/select 1/store 7/shop");
    CHECK(db.value("select length(payload::text) > 400 from txq.schedules where name = 'report'") == "t");
    scheduler_on(db, {.name = "shop"}).step();
    CHECK(db.number("select count(*) from txq.schedules") == 0);
}

TEST_CASE("a set whose connection is lost while it is put is put on the next one") {
    database db{database::schema::queue};
    auto service =
        scheduler_on(db, {.name = "shop", .schedules = {{.name = "report", .times = "@daily", .kind = "report"}}});
    {
        pqxx::connection connection{db.url()};
        pqxx::work in_the_way{connection};
        in_the_way.exec("lock table txq.schedules in share mode");
        auto const step = std::async(std::launch::async, [&] { service.step(); });
        db.wait_until("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = "
                      "'Lock'",
                      "1");
        db.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and "
                 "application_name = 'txq scheduler'");
    }
    service.step();
    CHECK(db.value("select name from txq.schedules") == "report");
}

TEST_CASE("a set that cannot be meant is refused before anything is done") {
    auto const refused = [](schedule_set set, std::string const& why) {
        CHECK_THROWS_WITH(scheduler({.database = "dbname=not_looked_at", .set = std::move(set)}), Contains(why));
    };
    schedule_definition const good{.name = "a", .times = "@daily", .kind = "k"};
    schedule_definition const bad{.name = "b", .times = "at times", .kind = "k"};
    refused({.name = "", .schedules = {good}}, "the name of a set has 0 bytes");
    refused({.name = "shop", .schedules = {good, bad}}, "schedule_set of b: ");
    refused({.name = "shop", .schedules = {good, good}}, "schedule_set of a: it is there twice");
}

TEST_CASE("a scheduler waits for a schema that has no schedules yet") {
    database db{database::schema::outbox};
    auto service = scheduler_on(db);
    CHECK(service.step() == 5s);
    for (auto const& one : embedded_migrations)
        if (one.side == side::queue) db.query(std::string{one.text});
    add(db, "a", "1 hour");
    service.step();
    CHECK(db.number(jobs) == 1);
}

TEST_CASE("a scheduler gets over the loss of its connection") {
    database db{database::schema::queue};
    auto service = scheduler_on(db);
    service.step();
    db.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and "
             "application_name = 'txq scheduler'");
    add(db, "a", "1 hour");
    service.step();
    service.step();
    CHECK(db.number(jobs) == 1);
}

TEST_CASE("a scheduler of a program runs beside it") {
    database db{database::schema::queue};
    db.query("select txq.add_schedule('a', 'every second', 'test')");
    scheduler const running{{.database = db.url(), .look = 10ms}};
    db.wait_until("select count(*) >= 2 from txq.jobs", "t");
    CHECK(db.number("select count(*) - count(distinct run_at) from txq.jobs") == 0);
}

namespace {

/// The times in UTC at which a schedule is run on a day, by a clock that goes from minute to minute, as the rows say.
std::string runs_of(database& db, std::string const& times, std::string const& begin, std::string const& end) {
    db.query("delete from txq.schedule_runs; delete from txq.schedules; delete from txq.jobs");
    db.query("select txq.add_schedule('a', '" + times + "', 'test')");
    session session{{.where = connection_info::parse(db.url())}};
    agenda plan;
    plan.on_time(test::instant(begin) - 1min);
    auto const version = db.value("select changed_in from txq.schedules");
    plan.put({"a", version, schedules::parse(times), {missed_times::all, 100}, test::instant(begin) - 1s});
    for (auto now = test::instant(begin); now < test::instant(end); now += 1min) {
        plan.on_time(now);
        std::vector<std::string> left_out;
        std::vector<agenda::result> results;
        for (auto const& run : plan.due(100, left_out)) {
            auto const time = std::to_string(run.time.time_since_epoch().count());
            auto const rows = session.run(sql::start_runs, pq::params{"{a}", "{" + version + "}", "{" + time + "}"});
            CHECK(std::string{rows[0]["outcome"].c_str()} == "started");
            results.push_back({run.name, run.time, agenda::outcome::done});
        }
        plan.on_results(results);
    }
    return db.value("select coalesce(string_agg(to_char(planned_at at time zone 'UTC', 'HH24:MI'), ' ' order by "
                    "planned_at), '') from txq.schedule_runs join txq.jobs on id = job_id");
}

} // namespace

TEST_CASE("runs are started once where the clocks skip and repeat an hour") {
    database db{database::schema::queue};
    auto const berlin = [&](std::string const& times, char const* begin, char const* end) {
        return runs_of(db, times + " in Europe/Berlin", begin, end);
    };
    CHECK(berlin("30 2 * * *", "2026-03-29T00:00Z", "2026-03-29T03:00Z") == "01:00");
    CHECK(berlin("30 * * * *", "2026-03-29T00:00Z", "2026-03-29T03:00Z") == "00:30 01:30 02:30");
    CHECK(berlin("*/20 2 * * *", "2026-10-25T00:00Z", "2026-10-25T03:00Z") == "00:00 00:20 00:40");
    CHECK(berlin("30 * * * *", "2026-10-25T00:00Z", "2026-10-25T03:00Z") == "00:30 01:30 02:30");
    CHECK(runs_of(db, "0 2-4 * * * in America/New_York", "2026-03-08T06:00Z", "2026-03-08T09:00Z") == "07:00 08:00");
    CHECK(runs_of(db, "30 1 * * * in America/New_York", "2026-11-01T05:00Z", "2026-11-01T08:00Z") == "05:30");
    CHECK(runs_of(db, "15 2 * * * in Australia/Lord_Howe", "2026-10-03T15:00Z", "2026-10-03T17:00Z") == "15:30");
}
