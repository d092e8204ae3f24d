#include <support/catch.hpp>
#include <support/database.hpp>

#include <txq/detail/session.hpp>

#include <worker/src/keeping.hpp>

using namespace std::chrono_literals;
using txq::test::database;

namespace {

/// A job that has ended that long ago with an attempt that failed then.
void put_ended(database& db, std::string const& state, std::string const& ago, int count = 1) {
    db.query("with job as (insert into txq.jobs (id, operation_id, queue, kind, priority, max_attempts, state, run_at, "
             "finished_at, enqueued_at, payload) select id, id, 'q', '" +
             state + " " + ago + "', 2, 20, '" + state + "', now(), now() - '" + ago +
             "'::interval, now(), '{}' from (select gen_random_uuid() as id from generate_series(1, " +
             std::to_string(count) +
             ")) as new returning id, finished_at) insert into txq.failed_attempts (job_id, fence, attempt, worker, "
             "started_at, failed_at, error_type, message) select id, 1, 1, 'w', now(), finished_at, 'e', 'm' from job");
}

/// Failed attempts of jobs that are no more.
void put_errors_of_completed(database& db, std::string const& ago, int count = 1) {
    db.query("insert into txq.failed_attempts (job_id, fence, attempt, worker, started_at, failed_at, error_type, "
             "message) select gen_random_uuid(), n % 3, 1, 'w', now(), now() - '" +
             ago + "'::interval, 'completed " + ago + "', 'm' from generate_series(1, " + std::to_string(count) +
             ") as n");
}

std::string kinds(database& db) {
    return db.value("select coalesce(string_agg(distinct kind, ', ' order by kind), '') from txq.jobs");
}

long long errors(database& db) { return db.number("select count(*) from txq.failed_attempts"); }

class keeper {
  public:
    explicit keeper(database& db, txq::worker_options options = {}, std::chrono::hours own_clock_behind = 0h)
        : session_{{.where = txq::connection_info::parse(db.url())}},
          options_{std::move(options)},
          keeping_{[=] { return std::chrono::system_clock::now() - own_clock_behind; }} {}
    bool step() { return keeping_.step(session_, options_); }

  private:
    txq::session session_;
    txq::worker_options options_;
    txq::keeping keeping_;
};

} // namespace

TEST_CASE("what ended without success long ago goes with its errors and dead jobs stay") {
    database db;
    for (std::string const state : {"dead", "discarded", "cancelled"}) {
        put_ended(db, state, "8 days");
        put_ended(db, state, "6 days");
    }

    CHECK_FALSE(keeper{db}.step());

    CHECK(kinds(db) == "cancelled 6 days, dead 6 days, dead 8 days, discarded 6 days");
    CHECK(errors(db) == 4);
}

TEST_CASE("nothing is forgotten while the clocks of the server and of the worker's host differ") {
    database db;
    put_ended(db, "discarded", "8 days");
    put_errors_of_completed(db, "8 days");
    db.query("insert into txq.processed_jobs (operation_id, job_id, queue, kind, attempt, processed_at) "
             "select gen_random_uuid(), gen_random_uuid(), 'q', 'k', 1, now() - '8 days'::interval");
    constexpr auto kept =
        "select (select count(*) from txq.jobs) || ' ' || (select count(*) from txq.failed_attempts) || "
        "' ' || (select count(*) from txq.processed_jobs)";
    REQUIRE(db.value(kept) == "1 2 1");

    for (auto const behind : {-2h, 2h, 24h * 365}) CHECK_FALSE(keeper{db, {}, behind}.step());

    CHECK(db.value(kept) == "1 2 1");
    CHECK(db.value("select count(*) from pg_class where relname = 'processed_jobs_' || "
                   "to_char(now() at time zone 'utc' + '1 day', 'YYYYMMDD')") == "1");
    CHECK_FALSE(keeper{db}.step());
    CHECK(db.value(kept) == "0 0 0");
}

TEST_CASE("dead jobs go as well if they are to") {
    database db;
    put_ended(db, "dead", "8 days");
    put_ended(db, "dead", "6 days");

    txq::worker_options options;
    options.dead_retention = 24h * 7;
    CHECK_FALSE(keeper{db, options}.step());

    CHECK(kinds(db) == "dead 6 days");
    CHECK(errors(db) == 1);
}

TEST_CASE("many jobs that ended go some at a time") {
    database db;
    put_ended(db, "discarded", "8 days", 1500);
    keeper keeper{db};
    CHECK(keeper.step());
    CHECK(db.number("select count(*) from txq.jobs") == 500);
    CHECK_FALSE(keeper.step());
    CHECK(kinds(db) == "");
}

TEST_CASE("a job that is being retried is not forgotten") {
    database db;
    put_ended(db, "discarded", "8 days");
    pqxx::connection operators{db.url()};
    pqxx::work retrying{operators};
    retrying.exec("update txq.jobs set state = 'ready', finished_at = null, seq = 1");

    keeper{db}.step();
    retrying.commit();
    keeper{db}.step();

    CHECK(db.value("select state from txq.jobs") == "ready");
    CHECK(errors(db) == 1);
}

TEST_CASE("errors of completed jobs go when they are old and those of other jobs stay") {
    database db;
    put_errors_of_completed(db, "8 days");
    put_errors_of_completed(db, "6 days");
    put_ended(db, "dead", "8 days");

    CHECK_FALSE(keeper{db}.step());

    CHECK(db.value("select string_agg(error_type, ', ' order by error_type) from txq.failed_attempts") ==
          "completed 6 days, e");
}

TEST_CASE("errors of completed jobs are found behind any number of errors that stay") {
    database db;
    put_ended(db, "dead", "8 days", 12'000);
    db.query("update txq.failed_attempts set job_id = job_id"); // each a new version, as after a long life
    put_errors_of_completed(db, "8 days", 12'000);
    keeper keeper{db};
    for (int steps = 0; errors(db) > 12'000; ++steps) {
        REQUIRE(steps < 5);
        keeper.step();
    }
    CHECK(kinds(db) == "dead 8 days");
    CHECK(errors(db) == 12'000);
}

TEST_CASE("keys that stand for nothing and outcomes of long ago are forgotten") {
    database db;
    put_ended(db, "dead", "6 days");
    db.query(
        "insert into txq.unique_keys select 'k', name, coalesce(job, gen_random_uuid()), gen_random_uuid(), now(), "
        "now() + until::interval from (values ('over', null::uuid, '-1 second'), ('in its period', null, '1 hour'), "
        "('dead', (select id from txq.jobs), '-1 second')) as one (name, job, until)");
    db.query(
        "insert into txq.unique_outcomes select gen_random_uuid(), gen_random_uuid(), 'kept', now() - age::interval "
        "from unnest(array['8 days', '6 days']) as age");

    CHECK_FALSE(keeper{db}.step());

    CHECK(db.value("select string_agg(key, ', ' order by key) from txq.unique_keys") == "dead, in its period");
    CHECK(db.value("select now() - settled_at < '7 days' from txq.unique_outcomes") == "t");
}

TEST_CASE("keys that stand for nothing are found behind any number of keys that stay") {
    database db;
    auto const put = [&db](std::string const& name, std::string const& until, int count) {
        db.query("insert into txq.unique_keys select 'k', '" + name +
                 "' || i, gen_random_uuid(), gen_random_uuid(), now(), "
                 "now() + '" +
                 until + "'::interval from generate_series(1, " + std::to_string(count) + ") as i");
    };
    put("a", "1 hour", 12'000);
    put("b", "-1 hour", 12'000);
    keeper keeper{db};
    for (int steps = 0; db.number("select count(*) from txq.unique_keys") > 12'000; ++steps) {
        REQUIRE(steps < 5);
        keeper.step();
    }
    CHECK(db.number("select count(*) from txq.unique_keys where key like 'b%'") == 0);
}
