// The programs that start schedules: real processes, real signals.

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/eventually.hpp>
#include <support/process.hpp>
#include <support/roles.hpp>
#include <support/scratch.hpp>

#include <csignal>
#include <memory>

using namespace txq::test;
using Catch::Matchers::Contains;

namespace {

constexpr char every_second[] =
    "schedule_set = 'test'\n[schedule.tick]\ntimes = 'every second'\nkind = 'tick'\n"
    "missed = 'all'\n[kind.tick]\nsql = \"insert into ticks values ($8->>'planned_at', $3)\"\n";

/// Workers that run one file.
class workers {
  public:
    explicit workers(database& db, std::string const& file) : db_{db}, file_{files.write("worker.toml", file)} {
        db.query("create table ticks (planned_at text, operation_id uuid)");
    }

    process& start() { return start({"txq-worker", "--config", file_, "--database", db_.url()}); }
    /// With the schedules of the same file.
    process& start_relay() { return start({"txq-relay", "--queue", db_.url(), "--schedules", file_}); }
    process& start(std::vector<std::string> const& command) {
        running_.push_back(std::make_unique<process>(command));
        return *running_.back();
    }

    scratch files;

  private:
    database& db_;
    std::string file_;
    std::vector<std::unique_ptr<process>> running_;
};

/// No time twice, and none left out between the first and the last.
void check_ticks(database& db) {
    CHECK(db.value("select count(*) - count(distinct planned_at) from ticks") == "0");
    CHECK(db.value("select count(*) - count(distinct planned_at) from txq.schedule_runs") == "0");
    CHECK(db.value("select extract(epoch from max(planned_at) - min(planned_at))::bigint + 1 - count(*) from "
                   "txq.schedule_runs") == "0");
}

} // namespace

TEST_CASE("several workers run each time of a schedule once while some of them are killed") {
    database db;
    workers fleet{db, every_second};
    auto& first = fleet.start();
    auto& second = fleet.start();
    fleet.start();
    db.wait_until("select count(*) >= 1 from txq.schedule_runs", "t");
    // right behind a run, when schedulers are at it
    first.send(SIGKILL);
    auto const then = db.value("select count(*) from txq.schedule_runs");
    db.wait_until("select count(*) > " + then + " from txq.schedule_runs", "t");
    second.send(SIGKILL);
    fleet.start();
    db.wait_until("select count(*) >= 4 from ticks", "t");
    check_ticks(db);
}

TEST_CASE("a worker that is stopped for a while makes up for what it missed and runs nothing twice") {
    database db;
    workers fleet{db, every_second};
    auto& only = fleet.start();
    db.wait_until("select count(*) >= 1 from ticks", "t");
    only.send(SIGSTOP);
    auto const began = db.value("select clock_timestamp()");
    db.wait_until("select clock_timestamp() > '" + began + "'::timestamptz + interval '2 seconds'", "t");
    only.send(SIGCONT);
    db.wait_until("select count(*) >= 4 from ticks", "t");
    check_ticks(db);
}

TEST_CASE("a schedule with SQL is run where the file allows it and only for the schedule's own jobs") {
    database db;
    workers fleet{db, "[kind.txq.sql]\nschedule_sql = true\n"};
    db.query("select txq.add_sql_schedule('tidy', '@yearly', 'insert into ticks values ($1->>''schedule'', $3)'), "
             "txq.add_sql_schedule('ends', '@yearly', 'commit')");
    db.query("select txq.run_schedule('tidy'), txq.run_schedule('ends')");
    // what somebody enqueues who may not make such schedules
    db.query("insert into txq.jobs (id, operation_id, queue, kind, priority, max_attempts, state, seq, run_at, "
             "enqueued_at, payload) select id, id, 'default', 'txq.sql', 2, 3, 'ready', nextval('txq.job_seq'), now(), "
             "now(), (select jsonb_build_object('schedule', schedule, 'planned_at', planned_at) from txq.schedule_runs "
             "where schedule = 'tidy') from (select gen_random_uuid() as id) as forged");
    fleet.start();
    db.wait_until("select string_agg(state::text, ' ' order by state::text) from txq.jobs", "dead discarded");
    CHECK(db.value("select string_agg(planned_at, ' ') from ticks") == "tidy");
    CHECK_THAT(db.value("select message from txq.failed_attempts join txq.jobs on id = job_id where state = 'dead'"),
               Contains("the SQL of schedule ends cannot be run: 'commit' cannot be used"));
    CHECK_THAT(
        db.value("select message from txq.failed_attempts join txq.jobs on id = job_id where state = 'discarded'"),
        Contains("there is no schedule tidy that runs SQL and has started this job"));
}

TEST_CASE("a worker whose file does not allow SQL of schedules leaves it to others") {
    database db;
    workers fleet{db, "[kind.tick]\nsql = 'select 1'\n"};
    db.query(
        "select txq.add_sql_schedule('tidy', '@yearly', 'insert into ticks values (1)'), txq.run_schedule('tidy'), "
        "txq.add_schedule('tick', '@yearly', 'tick'), txq.run_schedule('tick')");
    fleet.start();
    db.wait_until("select count(*) from txq.processed_jobs", "1");
    CHECK(db.value("select kind || ' ' || state from txq.jobs") == "txq.sql ready");
}

TEST_CASE("a schedule that vanished from the file is removed and those of others stay") {
    database db;
    workers fleet{db, every_second};
    db.query("select txq.add_schedule('mine', '@yearly', 'k')");
    auto& before = fleet.start();
    db.wait_until("select count(*) from txq.schedules", "2");
    before.send(SIGTERM);
    CHECK(before.wait() == 0);
    fleet.files.write("worker.toml", "schedule_set = 'test'\n[kind.tick]\nsql = 'select 1'\n");
    fleet.start();
    db.wait_until("select string_agg(name, ' ') from txq.schedules", "mine");
}

TEST_CASE("a worker that is told not to start schedules starts none") {
    database db;
    db.query("select txq.add_schedule('tick', 'every second', 'tick')");
    db.query("update txq.schedules set since = now() - interval '1 hour'");
    workers fleet{db, "scheduler = false\n[kind.tick]\nsql = 'select 1'\n[kind.txq.sql]\nschedule_sql = true\n"};
    auto& program = fleet.start();
    db.wait_until("select count(*) from txq.workers", "1");
    db.query("select txq.run_schedule('tick')");
    db.wait_until("select count(*) from txq.processed_jobs", "1");
    program.send(SIGTERM);
    CHECK(program.wait() == 0);
    CHECK(db.number("select count(*) from txq.schedule_runs where not by_hand") == 0);
}

TEST_CASE("relays and workers with one file run each time of a schedule once while some of them are killed") {
    database db;
    workers fleet{db, every_second};
    auto& first = fleet.start_relay();
    fleet.start_relay();
    auto& worker = fleet.start();
    db.wait_until("select count(*) >= 1 from txq.schedule_runs", "t");
    first.send(SIGKILL);
    worker.send(SIGKILL);
    auto const then = db.value("select count(*) from txq.schedule_runs");
    db.wait_until("select count(*) > " + then + " from txq.schedule_runs", "t");
    fleet.start();
    db.wait_until("select count(*) >= 4 from ticks", "t");
    check_ticks(db);
    CHECK(db.value("select string_agg(concat_ws(' ', name, file_set), ', ') from txq.schedules") == "tick test");
}

TEST_CASE("relays start schedules by themselves and whichever stands by starts them as well") {
    database db;
    workers fleet{db, "schedule_set = 'test'\n[schedule.tick]\ntimes = 'every second'\nkind = 'tick'\n"};
    auto& active = fleet.start_relay();
    fleet.start_relay();
    db.wait_until("select count(*) >= 2 from txq.jobs where kind = 'tick'", "t");
    db.query("select txq.add_schedule('other', 'every second', 'other')");
    db.wait_until("select count(*) >= 1 from txq.jobs where kind = 'other'", "t");
    active.send(SIGTERM);
    CHECK(active.wait() == 0);
    auto const then = db.value("select count(*) from txq.jobs where kind = 'tick'");
    db.wait_until("select count(*) > " + then + " from txq.jobs where kind = 'tick'", "t");
    CHECK(db.value("select count(*) - count(distinct planned_at) from txq.schedule_runs where schedule = 'tick'") ==
          "0");
}

TEST_CASE("a relay whose file of schedules cannot be meant says why and does not begin") {
    database db;
    workers fleet{db, "[schedule.tick]\ntimes = 'every 61 seconds'\nkind = 'tick'\n"};
    auto& refused = fleet.start_relay();
    CHECK(refused.wait() == 2);
    CHECK_THAT(refused.output(), Contains("txq-relay: ") && Contains("worker.toml, line 1, [schedule.tick]: ") &&
                                     Contains("a day is no multiple of 61 seconds"));
    auto& missing = fleet.start(
        {"txq-relay", "--queue", db.url(), "--log-format", "json", "--schedules", fleet.files.file("none.toml")});
    CHECK(missing.wait() == 2);
    CHECK_THAT(missing.output(),
               Contains("\"event\":\"failed\"") && Contains("none.toml cannot be read: No such file or directory"));
    CHECK(db.value("select count(*) from txq.relay_batches") == "0");
}

TEST_CASE("a relay that may not start schedules says so and moves jobs all the same") {
    database db;
    printed_roles const roles{db};
    workers fleet{db, every_second};
    auto& relay =
        fleet.start({"txq-relay", "--queue", roles.url_of("relay"), "--schedules", fleet.files.file("worker.toml")});
    db.query("select txq.enqueue('other', '{}')");
    db.wait_until("select count(*) from txq.jobs where kind = 'other'", "1");
    REQUIRE(eventually([&] { return relay.output().find("schedules cannot be started") != std::string::npos; }));
    CHECK_THAT(relay.output(), Contains("permission denied") && Contains("docs/operating.md"));
    db.query(roles.in("grant select, update (problem) on txq.schedules to txq_relay;"
                      "grant select, delete, update (started_at) on txq.schedule_runs to txq_relay;"
                      "grant execute on function txq.start_runs, txq.put_schedule_set to txq_relay;"));
    db.wait_until("select count(*) >= 2 from txq.schedule_runs", "t");
}
