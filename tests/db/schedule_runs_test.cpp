// What txq.start_runs starts and what it does not.

#include <support/catch.hpp>
#include <support/database.hpp>

#include <txq/detail/session.hpp>

using namespace txq;
using txq::test::database;

namespace {

constexpr long nine = 1769850000; // 2026-01-31 09:00:00 UTC

class starter {
  public:
    explicit starter(database& db) : db_{db}, session_{{.where = connection_info::parse(db.url())}} {}

    std::string start(std::vector<std::string> const& names, std::vector<long> const& times) {
        std::vector<std::string> versions;
        for (auto const& name : names)
            versions.push_back(
                db_.value("select coalesce((select changed_in from txq.schedules where name = '" + name + "'), '7')"));
        return start(names, versions, times);
    }
    std::string start(std::vector<std::string> const& names, std::vector<std::string> const& versions,
                      std::vector<long> const& times) {
        std::string told;
        for (auto const& row :
             session_.run(sql::start_runs, pq::params{pq::array(names), pq::array(versions), pq::array(times)}))
            told += std::string{told.empty() ? "" : ", "} + row["schedule"].c_str() + '@' +
                    std::to_string((row["time"].as<long>() - nine) / 60) + ' ' + row["outcome"].c_str();
        return told;
    }
    session& database_session() { return session_; }

  private:
    database& db_;
    session session_;
};

void add(database& db, std::string const& name, std::string const& rest = "") {
    db.query("select txq.add_schedule('" + name + "', '@hourly', 'test'" + (rest.empty() ? "" : ", ") + rest + ")");
}

} // namespace

TEST_CASE("a run is started once per time") {
    database db{database::schema::queue};
    starter on{db};
    add(db, "a", "payload => '{\"store\": 42}'");
    add(db, "b");
    CHECK(on.start({"b", "a"}, {nine, nine}) == "a@0 started, b@0 started");
    CHECK(on.start({"a", "a"}, {nine + 60, nine}) == "a@0 known, a@1 started");
    CHECK(db.number("select count(*) from txq.jobs") == 3);
    CHECK(db.number("select count(*) from txq.jobs join txq.schedule_runs on job_id = id") == 3);
}

TEST_CASE("the job of a run is ready and has what the schedule says") {
    database db{database::schema::queue};
    starter on{db};
    add(db, "a",
        "payload => '{\"store\": 42}', queue => 'slow', priority => 0, max_attempts => 7, headers => "
        "'{\"tenant\": \"acme\", \"schedule\": \"forged\"}'");
    on.start({"a"}, {nine});
    CHECK(db.value("select concat_ws('|', state, seq, queue, kind, priority, max_attempts, payload, "
                   "to_char(run_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS'), id = operation_id) from txq.jobs") ==
          "ready|1|slow|test|0|7|{\"store\": 42}|2026-01-31 09:00:00|t");
    CHECK(db.value("select headers = '{\"tenant\": \"acme\", \"schedule\": \"a\", \"planned_at\": "
                   "\"2026-01-31T09:00:00Z\"}' from txq.jobs") == "t");
}

TEST_CASE("a run's id follows from schedule and time and sorts by time") {
    database db{database::schema::queue};
    starter on{db};
    add(db, "a");
    on.start({"a"}, {nine});
    auto const id = db.value("select id from txq.jobs");
    CHECK(id.substr(0, 8) + id.substr(9, 4) == "019c1347d280");
    CHECK(uuid::parse(id).has_value());
    CHECK(id[14] == '7');
    // whatever becomes of the note, the same run is not run twice
    db.query("delete from txq.schedule_runs");
    CHECK(on.start({"a"}, {nine}) == "a@0 started");
    CHECK(db.number("select count(*) from txq.jobs") == 1);
    CHECK(db.value("select txq.scheduled_job_id('a', to_timestamp(0)) <> txq.scheduled_job_id('b', to_timestamp(0))") ==
          "t");
}

TEST_CASE("workers are notified of the queues that got jobs") {
    database db{database::schema::queue};
    starter on{db};
    add(db, "a", "queue => 'mail'");
    add(db, "b", "queue => 'mail'");
    add(db, "later", "queue => 'later', jitter => '1 day'");
    pqxx::connection listening{db.url()};
    std::string woken;
    pq::listener listener{listening, "txq_jobs", [&](std::string_view queue) { woken += queue; }};
    pqxx::nontransaction{listening}.exec("select 1");
    auto const now = db.number("select extract(epoch from date_trunc('second', now()))::bigint");
    on.start({"a", "b", "later"}, {now, now, now + 30});
    CHECK(listening.await_notification(10, 0) == 1);
    CHECK(woken == "mail");
}

TEST_CASE("a run whose jitter is not over waits as a scheduled job") {
    database db{database::schema::queue};
    starter on{db};
    add(db, "a", "jitter => '1 hour'");
    auto const now = db.number("select extract(epoch from date_trunc('second', now()))::bigint");
    std::vector<long> times;
    for (int i = 0; i < 50; ++i) times.push_back(now + i);
    on.start(std::vector<std::string>(50, "a"), times);
    CHECK(db.value("select bool_and(run_at - planned_at between interval '0' and interval '1 hour') "
                   "and count(distinct run_at - planned_at) > 40 and count(*) filter (where state = 'scheduled') > 40 "
                   "from txq.jobs join txq.schedule_runs on job_id = id") == "t");
}

TEST_CASE("a run is its tenant's whether it is ready at once or waits for its time") {
    database db{database::schema::queue};
    starter on{db};
    add(db, "a", "tenant => 'store 42'");
    add(db, "b", "tenant => 'store 7', jitter => '1 hour'");
    on.start({"a", "b"}, {nine, db.number("select extract(epoch from date_trunc('minute', now()))::bigint + 120")});
    CHECK(db.value("select string_agg(headers->>'schedule' || ' ' || state || ' ' || tenant, ', ' order by 1) from "
                   "(select * from txq.jobs order by headers->>'schedule') as job") ==
          "a ready store 42, b scheduled store 7");
}

TEST_CASE("runs that must not overlap are left out while the job of an earlier one is not over") {
    database db{database::schema::queue};
    starter on{db};
    add(db, "a", "overlap => false");
    CHECK(on.start({"a", "a"}, {nine, nine + 60}) == "a@0 started, a@1 overlap");
    for (auto const* change :
         {"state = 'scheduled', seq = null", "state = 'running', seq = 1, worker = 1, claimed_at = now()"}) {
        db.query("update txq.jobs set " + std::string{change});
        CHECK(on.start({"a"}, {nine + 120}).ends_with(" overlap"));
        db.query("delete from txq.schedule_runs where planned_at = to_timestamp(" + std::to_string(nine + 120) + ")");
    }
    db.query("update txq.jobs set state = 'dead', seq = null, worker = null, claimed_at = null, finished_at = now()");
    CHECK(on.start({"a"}, {nine + 180}) == "a@3 started");
    CHECK(on.start({"a"}, {nine + 60}) == "a@1 known"); // what was left out stays so
    db.query("delete from txq.jobs");
    CHECK(on.start({"a"}, {nine + 240}) == "a@4 started");
}

TEST_CASE("nothing is started of a schedule that is not what it was") {
    database db{database::schema::queue};
    starter on{db};
    add(db, "a");
    auto const version = db.value("select changed_in from txq.schedules");
    auto const start = [&] { return on.start({"a"}, std::vector{version}, {nine}); };
    SECTION("changed") { db.query("select txq.add_schedule('a', '@daily', 'test')"); }
    SECTION("paused") { db.query("select txq.pause_schedule('a')"); }
    SECTION("resumed") { db.query("select txq.pause_schedule('a'), txq.resume_schedule('a')"); }
    SECTION("removed") { db.query("select txq.remove_schedule('a')"); }
    SECTION("removed and made again") {
        db.query("select txq.remove_schedule('a')");
        db.query("select txq.add_schedule('a', '@hourly', 'test')");
    }
    CHECK(start() == "a@0 gone");
    CHECK(db.number("select count(*) from txq.jobs") == 0);
}

TEST_CASE("one call starts runs at a time and what is locked is not waited for") {
    database db{database::schema::queue};
    starter on{db};
    add(db, "a");
    add(db, "b");
    pqxx::connection other{db.url()};
    {
        pqxx::work tx{other};
        tx.exec("select pg_advisory_xact_lock(hashtextextended('txq.start_runs', 0))");
        CHECK(on.start({"a"}, {nine}).empty());
    }
    pqxx::work tx{other};
    tx.exec("select txq.pause_schedule('a')");
    CHECK(on.start({"a", "b"}, {nine, nine}) == "a@0 locked, b@0 started");
    tx.abort();
    CHECK(on.start({"a", "b"}, {nine, nine}) == "a@0 started, b@0 known");
}

TEST_CASE("old runs are forgotten but for the last of each schedule and those whose jobs may still be run") {
    database db{database::schema::queue};
    starter on{db};
    for (auto const* name : {"a", "rare", "removed", "busy", "dead"}) add(db, name);
    auto const long_ago = nine - 100 * 24 * 3600;
    on.start({"a", "a", "a", "rare", "removed", "busy", "busy", "dead", "dead"},
             {long_ago, long_ago + 60, nine, long_ago, long_ago, long_ago, long_ago + 60, long_ago, long_ago + 60});
    db.query("select txq.remove_schedule('removed')");
    db.query("delete from txq.jobs using txq.schedule_runs where job_id = id and schedule not in ('busy', 'dead')");
    db.query("update txq.jobs set state = 'dead', seq = null, finished_at = now() from txq.schedule_runs "
             "where job_id = id and schedule = 'dead'");
    // a run of a clock that went ahead and came back is not what a schedule goes on from
    db.query("insert into txq.schedule_runs values ('rare', now() + interval '1 year', false, gen_random_uuid())");
    auto const prune = [&](int limit) {
        return on.database_session()
            .run(sql::prune_schedule_runs, pq::params{3600'000L, limit})[0]["deleted"]
            .as<int>();
    };
    CHECK(prune(2) == 2);
    CHECK(prune(100) == 1);
    CHECK(db.value("select string_agg(schedule || ' ' || (extract(epoch from planned_at)::bigint - " +
                   std::to_string(long_ago) +
                   ") / 60, ', ' order by schedule, planned_at) from txq.schedule_runs "
                   "where planned_at < now()") ==
          "a " + std::to_string((nine - long_ago) / 60) + ", busy 0, busy 1, dead 0, dead 1, rare 0");
}
