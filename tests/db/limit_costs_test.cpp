// Limits whose jobs have a cost: what is counted, and who waits for whom.

#include <support/catch.hpp>
#include <support/counting_worker.hpp>

using namespace txq;
using namespace txq::test;

namespace {

/// The time of the next job that is parked has come.
void next_is_due(database& db) {
    db.query(
        "with next as (select id, run_at from txq.jobs where state = 'scheduled' order by run_at limit 1), parked as "
        "(update txq.parked_jobs as parked set run_at = now() from next where parked.job_id = next.id) "
        "update txq.jobs as job set run_at = now() from next where job.id = next.id");
}

} // namespace

TEST_CASE("a job counts for as many as its cost says and one that costs more than all for all") {
    database db;
    db.query("select txq.set_limit('queue', 'default', 10, cost => 'payload.pages')");
    counting_worker worker{db};
    put(db, 1, R"({"pages": 7})");
    put(db, 1, R"({"pages": 2.5})");
    put(db, 1, R"({"pages": 4})");
    CHECK(worker.admit(20) == 2);
    CHECK(db.value("select sum(cost) from txq.limit_holds") == "10");
    put(db, 1, R"({"pages": "many"})");
    CHECK(worker.admit(20) == 0);
    db.query("delete from txq.jobs");
    put(db, 2, R"({"pages": 5000})");
    CHECK(worker.admit(20) == 1);
}

TEST_CASE("a dear job that waits for its room is not overtaken but by more urgent ones") {
    database db;
    db.query("select txq.set_limit('queue', 'default', 10, cost => 'payload.pages')");
    counting_worker worker{db};
    constexpr auto small = R"({"pages": 1})";
    put(db, 4, small);
    CHECK(worker.admit(20) == 4);
    put(db, 1, R"({"pages": 10})");
    put(db, 1, small);
    CHECK(worker.admit(20) == 0);
    put(db, 1, small);
    CHECK(worker.admit(20) == 0);
    put(db, 1, small);
    db.query("update txq.jobs set priority = 0 where state = 'ready'");
    CHECK(worker.admit(20) == 1);
    for (int i = 0; i < 5; ++i) worker.complete_one();
    CHECK(worker.release("\"\"") == 1);
    put(db, 1, small);
    CHECK(worker.admit(20) == 1);
    CHECK(db.value("select sum(cost) from txq.limit_holds") == "10");
    worker.complete_one();
    CHECK(worker.sweep() == 3);
    CHECK(worker.admit(20) == 3);
}

TEST_CASE("a dear job that was cancelled or is in another queue keeps nobody from beginning") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 10, cost => 'payload.pages')");
    counting_worker worker{db};
    constexpr auto small = R"({"pages": 1})";
    put(db, 1, small);
    CHECK(worker.admit(20) == 1);
    put(db, 1, R"({"pages": 10})", "other");
    db.query("update txq.jobs set queue = 'default' where queue = 'other'"); // where it is claimed
    CHECK(worker.admit(20) == 0);
    SECTION("another queue") { db.query("update txq.jobs set queue = 'other' where state = 'scheduled'"); }
    SECTION("cancelled") {
        db.query("update txq.jobs set state = 'cancelled', finished_at = now() where state = 'scheduled'");
    }
    put(db, 1, small);
    CHECK(worker.admit(20) == 1);
}

TEST_CASE("jobs with costs come back at the times that their rate gives them") {
    database db;
    db.query(
        "select txq.set_limit('kind', 'test', starts => 60, period => '1 hour', burst => 2, cost => 'payload.pages')");
    counting_worker worker{db};
    put(db, 4, R"({"pages": 2})");
    CHECK(worker.admit(20) == 1);
    next_is_due(db);
    worker.promote();
    db.query("update txq.limit_keys set filled_at = filled_at - interval '130 seconds'");
    CHECK(worker.admit(20) == 1);
}

TEST_CASE("a dear job that waits for its beginnings is not overtaken and comes back to its old place") {
    database db;
    db.query(
        "select txq.set_limit('kind', 'test', starts => 60, period => '1 hour', burst => 5, cost => 'payload.pages')");
    counting_worker worker{db};
    put(db, 1, R"({"pages": 3})");
    CHECK(worker.admit(20) == 1);
    put(db, 1, R"({"pages": 5})");
    CHECK(worker.admit(20) == 0);
    auto const dear = db.value("select seq from txq.parked_jobs");
    for (int i = 0; i < 3; ++i) { // each could begin, of the two that are left
        put(db, 1, R"({"pages": 1})");
        CHECK(worker.admit(20) == 0);
    }
    next_is_due(db);
    db.query("update txq.limit_keys set filled_at = filled_at - interval '190 seconds'");
    put(db, 5, R"({"pages": 1})");
    pqxx::connection listening{db.url()};
    pqxx::nontransaction{listening}.exec("listen txq_returned"); // to look behind what has been claimed as well
    worker.promote();
    CHECK(listening.await_notification(10, 0) == 1);
    CHECK(db.value("select min(seq) from txq.jobs where state = 'ready'") == dear);
    CHECK(worker.admit(20) == 1);
    CHECK(db.value("select max((payload->>'pages')::integer) from txq.jobs where state = 'running'") == "5");
}

TEST_CASE(
    "a job whose time has come and that lacks its beginning waits among those that were parked and not behind them") {
    database db;
    auto const cost = GENERATE("null", "'payload.pages'");
    db.query(
        "select txq.set_limit('kind', 'test', starts => 3600, period => '1 hour', burst => 1, each => 'payload.host', "
        "cost => " +
        std::string{cost} + ")");
    counting_worker worker{db};
    put(db, 10, R"({"pages": 1})"); // a second each
    CHECK(worker.admit(20) == 1);
    auto const last = db.value("select max(run_at) from txq.jobs where state = 'scheduled'");
    auto const all_are_before_the_last = [&] {
        return db.value("select max(run_at) = '" + last + "' and count(*) filter (where run_at = '" + last +
                        "') = 1 from txq.jobs where state = 'scheduled'") == "t";
    };
    auto const let_come = [&](int jobs) {
        for (int i = 0; i < jobs; ++i) next_is_due(db);
        worker.promote();
    };
    let_come(2);
    db.query("update txq.limit_keys set filled_at = filled_at - interval '1 second'");
    CHECK(worker.admit(20) == 1);
    CHECK(all_are_before_the_last());
    let_come(2); // behind the one that lacks it, where that is dear
    CHECK(worker.admit(20) == 0);
    CHECK(all_are_before_the_last());
}

TEST_CASE("jobs behind a dear one that waits for its room do not come back again and again") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 10, starts => 3600, period => '1 hour', burst => 30, cost => "
             "'payload.pages')");
    counting_worker worker{db};
    put(db, 1, R"({"pages": 7})");
    CHECK(worker.admit(20) == 1);
    put(db, 1, R"({"pages": 10})");
    put(db, 2, R"({"pages": 1})");
    CHECK(worker.admit(20) == 0);
    for (int i = 0; i < 3; ++i) { // whoever's time has come
        let_come_due(db, "1 minute");
        worker.promote();
        CHECK(worker.admit(20) == 0);
    }
    // the last one at the pace of the rate
    CHECK(db.number("select count(*) from txq.jobs where run_at > now() + interval '50 minutes'") == 2);
    worker.complete_one();
    CHECK(worker.sweep() == 1);
}

TEST_CASE("a job that may begin is told how many places it holds so that as many may follow it") {
    database db;
    db.query("select txq.set_limit('queue', 'default', 10, cost => 'payload.pages')");
    counting_worker worker{db};
    put(db, 1, R"({"pages": 7})");
    pqxx::work tx{worker.on.connection()};
    CHECK(std::string{worker.admit(tx, 1)[0]["places"].c_str()} == "[7]");
}

TEST_CASE("a job that costs more than the burst begins when all of that is there and is made up for afterwards") {
    database db;
    db.query(
        "select txq.set_limit('kind', 'test', starts => 60, period => '1 hour', burst => 2, cost => 'payload.pages')");
    put(db, 3, R"({"pages": 10})");
    counting_worker worker{db};
    CHECK(worker.admit(20) == 1);
    CHECK(minutes_until(db, 0) == "10");
    CHECK(minutes_until(db, 1) == "20");
    db.query("update txq.limit_keys set filled_at = filled_at - interval '9 minutes'");
    CHECK(worker.sweep() == 0);
    db.query("update txq.limit_keys set filled_at = filled_at - interval '65 seconds'");
    CHECK(worker.sweep() == 1);
    CHECK(worker.admit(20) == 1);
    CHECK(db.value("select round(starts) from txq.limit_keys") == "-8");
}

TEST_CASE("jobs that run when a limit begins to count them count once and by their cost") {
    database db;
    db.query("select txq.set_limit('queue', 'default', starts => 100, burst => 100, cost => 'payload.pages')");
    put(db, 1, R"({"pages": 2.5})");
    put(db, 1, R"({"pages": 1000})");
    put(db, 1, "{}");
    counting_worker worker{db};
    REQUIRE(worker.claim(20).size() == 3);
    db.query("update txq.jobs set claimed_at = now() - interval '1 minute'");
    db.query("select txq.set_limit('queue', 'default', 10, starts => 100, burst => 100, cost => 'payload.pages')");
    CHECK(db.value("select string_agg(cost::text, ' ' order by cost) from txq.limit_holds") == "1 3 10");
    CHECK(db.number("select txq.count_running_jobs(1)") == 0);
    db.query("update txq.jobs set fence = fence + 1");
    CHECK(db.number("select txq.count_running_jobs(1)") == 3);
    db.query("select txq.forget_ended('{1}', '{\"\"}')");
    CHECK(db.number("select sum(cost) from txq.limit_holds") == 14);
    CHECK(db.number("select count(*) from txq.limit_holds") == 3); // what their attempts before held is forgotten
}

TEST_CASE("each job of a limit by cost counts, whatever the number of threads") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 12, each => 'payload.host', cost => 'payload.n')");
    counting_worker worker{db};
    auto const admit = [&](std::string const& cost, int jobs) {
        put(db, jobs, R"({"host": "a", "n": )" + cost + "}");
        auto const claimed = worker.claim(jobs);
        return worker.on.run(sql::admit_jobs, worker.admission_of(claimed, 2)).size();
    };
    CHECK(admit("3", 4) == 4);
    CHECK(admit("1", 1) == 0);
}
