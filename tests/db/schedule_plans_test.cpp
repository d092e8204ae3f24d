// What schedulers ask all the time costs a few pages, however many schedules and runs there are.

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/explain.hpp>

using namespace txq;
using txq::test::buffers;
using txq::test::database;
using txq::test::explaining_session;
using txq::test::tables_scanned_whole;

namespace {

void fill(database& db) {
    db.query("select count(txq.add_schedule('s' || n, '@yearly', 'test', overlap => false)) from generate_series(1, "
             "5000) as n");
    // half of them have never run; the last jobs of the others are long over
    db.query("insert into txq.schedule_runs select 's' || n, to_timestamp(m * 60), false, gen_random_uuid() from "
             "generate_series(1, 2500) as n, generate_series(1, 40) as m");
}

} // namespace

TEST_CASE("a look at schedules that have not changed costs a few pages") {
    database db{database::schema::queue};
    fill(db);
    explaining_session session{db};
    auto const seen = db.value("select pg_snapshot_xmax(pg_current_snapshot())");
    auto const none = session.run(sql::read_schedules, "'" + seen + "'");
    CHECK(tables_scanned_whole(none) == "");
    CHECK(buffers(none) < 20);
    db.query("select txq.pause_schedule('s1')");
    CHECK(buffers(session.run(sql::read_schedules, "'" + seen + "'")) < 30);
    auto const all = session.run(sql::read_schedules, "null");
    CHECK(buffers(all) < 5000 * 10);
}

TEST_CASE("to start a run costs the same whatever the number of runs before it") {
    database db{database::schema::queue};
    fill(db);
    explaining_session session{db};
    auto const version = db.value("select changed_in from txq.schedules where name = 's1'");
    auto const start = [&](int time) {
        return buffers(session.run(sql::start_runs, "'{s1}', '{" + version + "}', '{" + std::to_string(time) + "}'"));
    };
    start(10'000); // reads the catalogue
    CHECK(start(10'060) < 150);
    CHECK(db.number("select count(*) from txq.schedule_runs where planned_at >= to_timestamp(10000)") == 2);
}
