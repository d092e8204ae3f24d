// What workers ask all the time, while somebody holds an old snapshot and no dead row can be removed.

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/explain.hpp>
#include <support/running_worker.hpp>

using namespace txq;
using namespace txq::test;

namespace {

/// A report that has begun when no job had been run yet.
class old_snapshot {
  public:
    explicit old_snapshot(database& db) : connection_{db.url()}, tx_{connection_} { tx_.exec("select 1"); }

  private:
    pqxx::connection connection_;
    pqxx::transaction<pqxx::repeatable_read> tx_;
};

} // namespace

TEST_CASE("a look for due jobs above its floor does not see what an old snapshot keeps of jobs promoted before") {
    database db;
    old_snapshot const held{db};
    put_jobs(db, {.count = 50'000});
    db.query("update txq.jobs set state = 'scheduled', seq = null, run_at = now() - interval '1 hour'");
    db.query("update txq.jobs set state = 'ready', seq = nextval('txq.job_seq')");
    put_jobs(db, {.kind = "due", .count = 10});
    db.query("update txq.jobs set state = 'scheduled', seq = null, run_at = now() where kind = 'due'");
    explaining_session session{db};

    auto const all = buffers(session.run(sql::promote_jobs, "1, '-infinity'"));
    auto const above = buffers(session.run(sql::promote_jobs, "1000, clock_timestamp() - interval '1 minute'"));

    CHECK(above < 300);
    CHECK(all > 2 * above);
    CHECK(db.number("select count(*) from txq.jobs where state = 'scheduled'") == 0);
}

TEST_CASE("a worker's look at its jobs does not see what an old snapshot keeps of those that it has run") {
    database db;
    put_jobs(db, {.count = 20'000});
    old_snapshot const held{db};
    db.query("update txq.jobs set state = 'running', worker = 1, claimed_at = now()");
    db.query("delete from txq.jobs where seq > (select min(seq) from txq.jobs)");
    explaining_session session{db};

    auto const look =
        session.run(sql::held_jobs, "1, array[" + ("'" + db.value("select id from txq.jobs") + "'::uuid]"));

    CHECK(look["Actual Rows"] == 1);
    CHECK(buffers(look) < 40);
    CHECK(buffers(session.run(sql::running_jobs, "1")) > 100);
}
