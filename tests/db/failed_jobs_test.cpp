// What a program decides about jobs that have failed.

#include <support/catch.hpp>
#include <support/job_states.hpp>
#include <support/roles.hpp>

#include <algorithm>

#include <txq/detail/pq.hpp>
#include <txq/failed_jobs.hpp>

using namespace txq;
using namespace txq::test;
using Catch::Matchers::Contains;

namespace {

uuid put(database& db, std::string const& state) { return uuid::parse(put_job(db, state)).value(); }

// Not by id: those of one millisecond are in no order.
constexpr auto all_jobs =
    "select string_agg(concat_ws(' ', state, queue, came_from, attempt), ', ' order by enqueued_at) from txq.jobs";

std::string const ids_of_all = "array(select id from txq.jobs)";

} // namespace

TEST_CASE("a program redrives dead jobs and releases held ones in its own transaction") {
    database db;
    auto const dead = put(db, "dead");
    auto const held = put(db, "held");
    auto const done = put(db, "completed");
    pqxx::connection connection{db.url()};
    {
        pqxx::work tx{connection};
        CHECK(redrive_jobs(tx, {dead, held, done, uuid{}}) == std::vector{dead});
        CHECK(release_jobs(tx, {dead, held, done, uuid{}}) == std::vector{held});
        CHECK(redrive_jobs(tx, {dead}).empty());
        CHECK(redrive_jobs(tx, {}).empty());
        CHECK(db.value("select count(*) from txq.jobs where state = 'ready'") == "0");
        tx.commit();
    }
    CHECK(state_of(db, dead.str()) == "ready");
    CHECK(state_of(db, held.str()) == "ready");
    CHECK(db.value("select max(attempt) from txq.jobs") == "0");
}

TEST_CASE("a redriven job may go to another queue and keeps where it came from") {
    database db;
    auto const dead = put(db, "dead");
    pqxx::connection connection{db.url()};
    pqxx::work tx{connection};
    CHECK(redrive_jobs(tx, {dead}, "slow") == std::vector{dead});
    CHECK(tx.exec(all_jobs)[0][0].as<std::string>() == "ready slow default 0");
    try {
        redrive_jobs(tx, {dead}, std::string(129, 'q'));
        FAIL("such a queue is taken");
    } catch (error const& refused) { CHECK(refused.code() == errc::bad_queue); }
    CHECK_NOTHROW(tx.exec("select 1"));
}

TEST_CASE("a program discards jobs that have failed and none that is running") {
    database db;
    put_worker(db);
    std::vector<uuid> ids{put(db, "dead"), put(db, "held")};
    auto const running = put(db, "running");
    std::ranges::sort(ids);
    pqxx::connection connection{db.url()};
    pqxx::work tx{connection};
    CHECK(discard_jobs(tx, {ids[1], running, ids[0]}) == ids);
    tx.commit();
    CHECK(db.value("select string_agg(state::text, ' ' order by state) from txq.jobs") ==
          "running discarded discarded");
}

TEST_CASE("a program purges jobs that have been dead for long enough with their errors") {
    database db;
    auto const old = put(db, "dead");
    auto const fresh = put(db, "dead");
    auto const held = put(db, "held");
    db.query("update txq.jobs set finished_at = now() - interval '2 days' where id = '" + old.str() + "'");
    pqxx::connection connection{db.url()};
    pqxx::work tx{connection};
    CHECK(purge_jobs(tx, {fresh, held, old}, std::chrono::hours{24}) == std::vector{old});
    CHECK(purge_jobs(tx, {fresh, held, old}) == std::vector{fresh});
    CHECK_THROWS_WITH(purge_jobs(tx, {held}, -std::chrono::seconds{1}),
                      "purge_jobs: for_at_least is -1 seconds; it must be zero or more");
    CHECK(tx.exec("select count(*) from txq.failed_attempts where job_id <> '" + held.str() + "'")[0][0].as<int>() ==
          0);
}

TEST_CASE("a role that may not decide about failed jobs is told so and who may") {
    database db;
    printed_roles const roles{db};
    auto const dead = put(db, "dead");
    pqxx::connection as_reader{roles.url_of("reader")};
    pqxx::work tx{as_reader};
    try {
        redrive_jobs(tx, {dead});
        FAIL("a reader may redrive");
    } catch (error const& refused) {
        CHECK(refused.code() == errc::missing_privilege);
        CHECK_THAT(refused.what(), Contains("txq roles --side queue --only operator"));
    }
}

TEST_CASE("an operator's rights are enough to decide about failed jobs and a database without jobs is named") {
    database db;
    printed_roles const roles{db};
    auto const dead = put(db, "dead");
    auto const held = put(db, "held");
    pqxx::connection as_operator{roles.url_of("operator")};
    pqxx::work tx{as_operator};
    CHECK(redrive_jobs(tx, {dead}).size() == 1);
    CHECK(discard_jobs(tx, {held}).size() == 1);
    tx.commit();
    database outbox{database::schema::outbox};
    pqxx::connection elsewhere{outbox.url()};
    pqxx::work lost{elsewhere};
    try {
        release_jobs(lost, {held});
        FAIL("there are no jobs");
    } catch (error const& missing) {
        CHECK(missing.code() == errc::schema_missing);
        CHECK_THAT(missing.what(), Contains("has no jobs of txq"));
    }
}

TEST_CASE("in SQL jobs that have failed are decided about as in C++") {
    database db;
    put_worker(db);
    put(db, "running");
    put(db, "scheduled");
    for (auto const* state : {"dead", "dead", "held"}) put(db, state);
    db.query("update txq.jobs set order_key = 'account 42', order_place = 1, order_holds = true "
             "where id = (select id from txq.jobs where state = 'dead' order by enqueued_at desc limit 1)");
    auto const changed = [&](std::string const& call) { return db.number("select count(*) from txq." + call); };
    CHECK(changed("release_jobs(" + ids_of_all + ")") == 1);
    CHECK(changed("redrive_jobs(" + ids_of_all + ", 'slow')") == 2);
    CHECK(db.value(all_jobs) == "running default 2, scheduled default 0, ready slow default 0, waiting slow default 0, "
                                "ready default 0");
    CHECK(db.value("select count(distinct seq) || ' ' || sum(redrives) from txq.jobs where state <> 'running'") ==
          "2 3");
    CHECK(changed("discard_jobs(" + ids_of_all + ")") == 4);
    CHECK(changed("discard_jobs(" + ids_of_all + ")") == 0);
    CHECK(changed("redrive_jobs(null)") == 0);
}

TEST_CASE("a job that SQL redrives has its turn in a fair queue and wakes the workers of that") {
    database db;
    auto const dead = put(db, "dead");
    db.query("select txq.set_queue('slow', fair => true)");
    pqxx::connection listening{db.url()};
    std::string woken;
    pq::listener listener{listening, "txq_jobs", [&](std::string_view queue) { woken += queue; }};
    pqxx::nontransaction{listening}.exec("select 1");
    db.query("select txq.redrive_jobs(array['" + dead.str() + "']::uuid[], 'slow')");
    CHECK(db.value("select seq > 1099511627776 from txq.jobs") == "t");
    CHECK(listening.await_notification(10, 0) == 1);
    CHECK(woken == "slow");
}

TEST_CASE("SQL purges jobs that have been dead for long enough with their errors") {
    database db;
    auto const old = put(db, "dead");
    auto const fresh = put(db, "dead");
    auto const held = put(db, "held");
    db.query("update txq.jobs set finished_at = now() - interval '2 days' where id = '" + old.str() + "'");
    CHECK(db.value("select txq.purge_jobs(" + ids_of_all + ", '1 day')") == old.str());
    CHECK(db.value("select txq.purge_jobs(" + ids_of_all + ")") == fresh.str());
    CHECK_THROWS_WITH(db.query("select txq.purge_jobs('{}', '-1 second')"),
                      Contains("txq.purge_jobs: for_at_least is -00:00:01; it must be zero or more"));
    CHECK(db.value("select string_agg(distinct job_id::text, ' ') from txq.failed_attempts") == held.str());
}

TEST_CASE("a job that is not dead is not locked by who would purge it") {
    database db;
    auto const ready = put(db, "ready");
    pqxx::connection connection{db.url()};
    pqxx::work tx{connection};
    SECTION("in C++") { CHECK(purge_jobs(tx, {ready}).empty()); }
    SECTION("in SQL") { CHECK(tx.exec("select txq.purge_jobs(" + ids_of_all + ")").empty()); }
    tx.commit();
    CHECK(db.value("select xmax from txq.jobs") == "0"); // or claims would wait, see claim_jobs
}

TEST_CASE("a role decides about failed jobs in SQL with the right to these functions alone") {
    database db;
    printed_roles const roles{db};
    auto const dead = put(db, "dead");
    auto const redrive = "select txq.redrive_jobs(array['" + dead.str() + "']::uuid[])";
    pqxx::connection as_reader{roles.url_of("reader")};
    CHECK_THROWS_WITH(pqxx::nontransaction{as_reader}.exec(redrive), Contains("redrive_jobs"));
    db.query("grant execute on function txq.redrive_jobs to " + roles.own("reader"));
    CHECK(pqxx::nontransaction{as_reader}.exec(redrive).size() == 1);
    CHECK_THROWS_WITH(db.query("select txq.redrive_jobs('{}', '')"),
                      Contains("txq.redrive_jobs: to_queue has 0 bytes; it must have 1 to 128"));
}
