// The plans of the statements that run all the time: by index whatever the statistics say, and at a cost that does not
// grow with the tables.

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/explain.hpp>
#include <support/running_worker.hpp>

#include <string>
#include <vector>

using namespace txq;
using txq::test::buffers;
using txq::test::database;
using txq::test::explaining_session;
using txq::test::put_jobs;
using txq::test::tables_scanned_whole;

namespace {

constexpr int many = 100'000;

std::string array_of(database& db, std::string const& expression, std::string const& type) {
    return "'" + db.value("select array_agg(" + expression + " order by id) from txq.jobs where state = 'running'") +
           "'::" + type;
}

/// Statistics lag behind a queue: none at all, those of an empty table, those of a full one. And a program that came up
/// when there was nothing in the queue has made its plans by then: it goes on with them until the tables are analysed.
std::vector<std::string> const any_statistics{"never taken", "of an empty table", "of a full table",
                                              "of an empty table, as were the plans"};

void make_plans(explaining_session& session) {
    for (auto const* what : {&sql::claim_jobs,     &sql::complete_jobs,        &sql::end_attempts,
                             &sql::lock_jobs,      &sql::complete_locked_jobs, &sql::lease_jobs,
                             &sql::leave,          &sql::promote_jobs,         &sql::rescue_jobs,
                             &sql::rescue_orphans, &sql::running_jobs,         &sql::lock_jobs_by_id,
                             &sql::held_jobs,      &sql::worker_beats,         &sql::stalled_orders,
                             &sql::next_in_order,  &sql::unknown_kinds,        &sql::has_limited_jobs,
                             &sql::read_limits,    &sql::keep_ended_jobs})
        session.plan(*what);
}

void with_statistics(database& db, explaining_session& session, std::string const& when, int jobs = many) {
    if (when.starts_with("of an empty table")) db.query("analyze txq.jobs, txq.workers");
    if (when.ends_with("plans")) make_plans(session);
    put_jobs(db, {.count = jobs});
    db.query("insert into txq.processed_jobs (operation_id, job_id, queue, kind, attempt) select gen_random_uuid(), "
             "gen_random_uuid(), 'default', 'test', 1 from generate_series(1, " +
             std::to_string(jobs) + ")");
    db.query(
        "insert into txq.workers (name, lease, queues, kinds) values ('plan:1', '1 second', '{default}', '{test}')");
    if (when == "of a full table") db.query("analyze");
}

} // namespace

TEST_CASE("claims and endings touch what they claim and end and nothing else") {
    auto const when = GENERATE(from_range(any_statistics));
    INFO("statistics " << when);
    database db;
    explaining_session session{db};
    with_statistics(db, session, when);

    auto const claim = session.run(sql::claim_jobs, "1, 'default', '{test}', 100, false, '{0,0,0,0}', null");
    CHECK(tables_scanned_whole(claim) == "");
    CHECK(buffers(claim) < 100 * 25);
    REQUIRE(db.number("select count(*) from txq.jobs where state = 'running'") == 100);

    auto const ids = array_of(db, "id", "uuid[]");
    auto const fences = array_of(db, "fence", "bigint[]");
    SECTION("complete") {
        auto const complete = session.run(sql::complete_jobs, "1, " + ids + ", " + fences);
        CHECK(tables_scanned_whole(complete) == "");
        CHECK(buffers(complete) < 100 * 20);
        CHECK(db.number("select count(*) from txq.jobs") == many - 100);
    }
    SECTION("end otherwise") {
        auto const each = [](std::string const& value, std::string const& type) {
            return "array_fill(" + value + "::" + type + ", array[100])";
        };
        auto const end = session.run(
            sql::end_attempts,
            "1, 'plan:1', " + ids + ", " + fences + ", " + each("'scheduled'", "text") + ", " + each("1000", "bigint") +
                ", " + each("false", "boolean") + ", " +
                each(R"('{"type": "test", "severity": "error", "recoverable": true, "source": "handler"}')", "text") +
                ", " + each("'m'", "text"));
        CHECK(tables_scanned_whole(end) == "");
        CHECK(buffers(end) < 100 * 40);
        CHECK(db.number("select count(*) from txq.jobs where state = 'scheduled'") == 100);
    }
}

TEST_CASE("claims by locks and what ends them touch what they claim and end and nothing else") {
    auto const when = GENERATE(from_range(any_statistics));
    INFO("statistics " << when);
    database db;
    explaining_session session{db};
    with_statistics(db, session, when);

    auto const lock = session.run(sql::lock_jobs, "1, 'default', '{test}', 100, '{0,0,0,0}'");
    CHECK(tables_scanned_whole(lock) == "");
    CHECK(buffers(lock) < 100 * 12);

    // each statement was a transaction of its own, so that those are not locked any more
    auto const first = [&db](std::string const& expression, std::string const& type) {
        return "'" +
               db.value("select array_agg(" + expression +
                        " order by id) from (select ctid, id, fence from txq.jobs order by seq limit 100) as j") +
               "'::" + type;
    };
    SECTION("complete") {
        auto const complete = session.run(sql::complete_locked_jobs, first("ctid", "tid[]"));
        CHECK(tables_scanned_whole(complete) == "");
        CHECK(buffers(complete) < 100 * 15);
        CHECK(db.number("select count(*) from txq.jobs") == many - 100);
    }
    SECTION("lease") {
        auto const lease =
            session.run(sql::lease_jobs, "1, " + first("id", "uuid[]") + ", " + first("fence + 1", "bigint[]"));
        CHECK(tables_scanned_whole(lease) == "");
        CHECK(buffers(lease) < 100 * 30);
        CHECK(db.number("select count(*) from txq.jobs where state = 'running'") == 100);
    }
}

TEST_CASE("what is done to many jobs touches these and nothing else") {
    auto const when = GENERATE(any_statistics.front(), any_statistics.back());
    INFO("statistics " << when);
    database db;
    explaining_session session{db};
    constexpr int jobs = 10'000;
    with_statistics(db, session, when, jobs);
    auto const hundred = [&db](std::string const& becoming) {
        db.query("update txq.jobs set " + becoming + " where seq < (select min(seq) + 100 from txq.jobs)");
        return "array(select id from txq.jobs where seq is null or state <> 'ready' order by id)";
    };
    auto const check = [&session](statement const& what, std::string const& arguments, int pages_each) {
        INFO(std::string{what.name});
        auto const plan = session.run(what, arguments);
        CHECK(tables_scanned_whole(plan) == "");
        CHECK(buffers(plan) < 100 * pages_each);
    };
    auto const ids = [&](std::string const& which) { return "'" + db.value("select " + which) + "'::uuid[]"; };

    SECTION("promote") {
        hundred("state = 'scheduled', seq = null, run_at = now() - interval '1 hour'");
        check(sql::promote_jobs, "1000, '-infinity'", 20);
        CHECK(db.number("select count(*) from txq.jobs where state = 'ready'") == jobs);
    }
    SECTION("retry") {
        auto const dead = ids(hundred("state = 'dead', seq = null, finished_at = now()"));
        check(sql::retry_jobs, dead + ", '{dead}', null", 25);
        CHECK(db.number("select count(*) from txq.jobs where state = 'ready'") == jobs);
    }
    SECTION("rescue orphans") {
        hundred("state = 'running', worker = 4711, claimed_at = now(), attempt = 1, fence = 1");
        // what runs is what it has to look at
        CHECK(buffers(session.run(sql::rescue_orphans, "")) < 100 * 25);
        CHECK(db.number("select count(*) from txq.jobs where state = 'ready'") == jobs);
    }
    SECTION("rescue") {
        hundred("state = 'running', worker = 1, claimed_at = now(), attempt = 1, fence = 1");
        check(sql::rescue_jobs, "1, null, 3", 35);
        CHECK(db.number("select count(*) from txq.jobs where state = 'ready'") == jobs);
    }
    SECTION("forget") {
        hundred("state = 'discarded', seq = null, finished_at = now() - interval '1 day'");
        check(sql::keep_ended_jobs, "1000, 1000, 1000", 20);
        CHECK(db.number("select count(*) from txq.jobs") == jobs - 100);
    }
    SECTION("discard") {
        auto const held = ids(hundred("state = 'held', seq = null, finished_at = now()"));
        check(sql::discard_jobs, held + ", '{held}'", 25);
        CHECK(db.number("select count(*) from txq.jobs where state = 'discarded'") == 100);
    }
    SECTION("cancel") {
        auto const waiting = ids(hundred("state = 'scheduled', seq = null, run_at = now() + interval '1 hour'"));
        check(sql::cancel_jobs, waiting + ", '{scheduled}'", 25);
        CHECK(db.number("select count(*) from txq.jobs where state = 'cancelled'") == 100);
    }
}

TEST_CASE("what workers ask in vain costs a few pages") {
    auto const when = GENERATE("of a full table", "of an empty table, as were the plans");
    INFO("statistics " << when);
    database db;
    explaining_session session{db};
    with_statistics(db, session, when);
    db.query("update txq.jobs set state = 'scheduled', seq = null, run_at = now() + interval '1 day'");
    for (auto const& [what, arguments] :
         {std::pair{&sql::claim_jobs, "1, 'other', '{test}', 100, false, '{0,0,0,0}', null"},
          std::pair{&sql::lock_jobs, "1, 'other', '{test}', 100, '{0,0,0,0}'"},
          std::pair{&sql::promote_jobs, "1000, '-infinity'"}, std::pair{&sql::running_jobs, "1"},
          std::pair{&sql::held_jobs, "1, array[gen_random_uuid()]"},
          std::pair{&sql::lock_jobs_by_id, "array[gen_random_uuid()], array[1]"}, std::pair{&sql::worker_beats, ""},
          std::pair{&sql::rescue_orphans, ""}, std::pair{&sql::stalled_orders, "'', '', 2000"},
          std::pair{&sql::next_in_order, "'{other}', '{key}'"}, std::pair{&sql::unknown_kinds, "'other', 1000"},
          std::pair{&sql::has_limited_jobs, "'queue', 'other', '{other}', '{test}', 200"},
          std::pair{&sql::read_limits, "'{other}', '{test}'"}}) {
        INFO(what->name);
        CHECK(buffers(session.run(*what, arguments)) < 40);
    }
}

TEST_CASE("letting orders go on touches their first jobs and nothing else") {
    auto const when = GENERATE(from_range(any_statistics));
    INFO("statistics " << when);
    database db;
    explaining_session session{db};
    with_statistics(db, session, when);
    // a thousand orders of fifty jobs; of every other one the first job runs
    db.query("update txq.jobs set state = 'waiting', seq = null, order_key = 'key ' || seq % 1000, order_place = seq, "
             "order_holds = true where seq % 2 = 0 or seq >= (select min(seq) + 1000 from txq.jobs)");
    db.query("update txq.jobs set order_key = 'key ' || seq % 1000, order_place = seq, order_holds = true "
             "where state = 'ready'");
    if (when == "of a full table") db.query("analyze txq.jobs");

    auto const look = session.run(sql::stalled_orders, "'', '', 300");
    CHECK(tables_scanned_whole(look) == "");
    CHECK(buffers(look) < 300 * 20);

    auto const orders = [&](std::string const& what) {
        return "'" + db.value("select array_agg(" + what + ") from generate_series(0, 99) as i") + "'";
    };
    auto const next = session.run(sql::next_in_order, orders("'default'::text") + ", " + orders("'key ' || i"));
    CHECK(tables_scanned_whole(next) == "");
    CHECK(buffers(next) < 100 * 40);
    CHECK(db.number("select count(*) from txq.jobs where state = 'ready' and order_place is not null") == 550);
}

TEST_CASE("a claim above its floor does not see what an old snapshot keeps of jobs claimed before") {
    database db;
    put_jobs(db, {.count = many});
    db.query(
        "insert into txq.workers (name, lease, queues, kinds) values ('plan:1', '1 second', '{default}', '{test}')");
    pqxx::connection reporting{db.url()};
    pqxx::transaction<pqxx::repeatable_read> report{reporting};
    report.exec("select count(*) from txq.jobs");
    auto const half = db.value("select min(seq) + 50000 from txq.jobs");
    db.query("delete from txq.jobs where seq <= " + half);
    explaining_session session{db};

    auto const from_the_floor =
        buffers(session.run(sql::claim_jobs, "1, 'default', '{test}', 100, false, '{0,0," + half + ",0}', null"));
    auto const from_the_bottom =
        buffers(session.run(sql::claim_jobs, "1, 'default', '{test}', 100, false, '{0,0,0,0}', null"));

    CHECK(from_the_floor < 100 * 25);
    CHECK(from_the_bottom > from_the_floor + 1'000); // the pages of fifty thousand dead rows
}

TEST_CASE("deciding which jobs are one and forgetting it touches what it is about") {
    auto const analyze = GENERATE(false, true);
    database db;
    explaining_session session{db};
    with_statistics(db, session, "never taken");
    db.query(
        "insert into txq.unique_keys select 'test', i::text, id, operation_id, enqueued_at, enqueued_at from (select "
        "row_number() over () as i, * from txq.jobs) as job");
    db.query(
        "insert into txq.unique_outcomes (id, job_id, outcome) select gen_random_uuid(), id, 'kept' from txq.jobs");
    if (analyze) db.query("analyze");
    auto const each = [](std::string const& value) {
        return "(select array_agg(" + value + " order by i) from generate_series(1, 100) as i)";
    };
    auto const settle = "select txq.settle_unique(" + each("gen_random_uuid()") + ", " + each("gen_random_uuid()") +
                        ", " + each("'default'::text") + ", " + each("'test'::text") + ", " + each("2::smallint") +
                        ", " + each("20") + ", " + each("null::timestamptz") + ", " + each("'{}'::text") + ", " +
                        each("null::text") + ", " +
                        each("format('{\"unique\": {\"key\": \"%s\", \"on_conflict\": \"replace\"}}', i)") + ", " +
                        each("now()") + ", false)";
    auto const plan = nlohmann::json::parse(db.value("explain (analyze, buffers, format json) " + settle));
    CHECK(buffers(plan[0]["Plan"]) < 100 * 80);
    CHECK(db.number("select count(*) from txq.unique_outcomes where outcome = 'replaced'") == 100);

    auto const outcomes = session.run(sql::keep_unique_outcomes, "86400000, 1000");
    CHECK(tables_scanned_whole(outcomes) == "");
    CHECK(buffers(outcomes) < 20);
    auto const keys = session.run(sql::keep_unique_keys, "null, null, 1000");
    CHECK(tables_scanned_whole(keys) == "");
    CHECK(buffers(keys) < 1000 * 8);
}

TEST_CASE("looking for unknown kinds reads the head of the queue and no more") {
    database db;
    explaining_session session{db};
    with_statistics(db, session, "of a full table");
    CHECK(buffers(session.run(sql::unknown_kinds, "'default', 1000")) < 1000 * 2);
}
