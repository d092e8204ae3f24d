// In which order jobs go on that a limit has kept from beginning.

#include <support/catch.hpp>
#include <support/counting_worker.hpp>

using namespace txq;
using namespace txq::test;

namespace {

constexpr auto one_at_a_time = "select txq.set_limit('kind', 'test', 1, each => 'payload.host')";
constexpr auto one_a_minute = "select txq.set_limit('kind', 'test', starts => 60, period => '1 hour', burst => 1, "
                              "each => 'payload.host')";

/// Jobs of a priority, all of the same key.
void put_urgent(database& db, int count, int priority) {
    put_jobs(db, {.count = count, .priority = priority, .payload = R"({"host": "a"})"});
}

/// Of the jobs of a priority that are parked, in how many minutes they may begin.
std::string minutes_of(database& db, int priority) {
    return db.value("select string_agg(round(extract(epoch from run_at - now()) / 60)::text, ' ' order by run_at) from "
                    "txq.jobs where state = 'scheduled' and priority = " +
                    std::to_string(priority));
}

constexpr auto ready = "select string_agg(distinct priority::text, ' ') from txq.jobs where state = 'ready'";

} // namespace

TEST_CASE("of the jobs that wait for their key the most urgent go on first") {
    database db;
    db.query(one_at_a_time);
    counting_worker worker{db};
    put_urgent(db, 3, 3);
    CHECK(worker.admit(20) == 1);
    put_urgent(db, 1, 0);
    CHECK(worker.admit(20) == 0);
    worker.complete_one();
    CHECK(worker.release("a") == 1);
    CHECK(db.value(ready) == "0");
    CHECK(worker.admit(20) == 1);
    worker.complete_one();
    CHECK(worker.release("a") == 1);
    CHECK(db.value(ready) == "3");
}

TEST_CASE("of the jobs that wait for a beginning the most urgent begin first, one behind the other") {
    database db;
    db.query(one_a_minute);
    counting_worker worker{db};
    put_urgent(db, 4, 3);
    CHECK(worker.admit(20) == 1);
    CHECK(minutes_of(db, 3) == "1 2 3");
    for (int i = 0; i < 2; ++i) { // in claims of their own
        put_urgent(db, 2, 1);
        CHECK(worker.admit(20) == 0);
    }
    CHECK(minutes_of(db, 1) == "1 2 3 4");
    put_urgent(db, 1, 0);
    put_urgent(db, 1, 3);
    CHECK(worker.admit(20) == 0);
    CHECK(minutes_of(db, 0) == "1");
    CHECK(minutes_of(db, 3) == "1 2 3 4");
    db.query("update txq.limit_keys set filled_at = filled_at - interval '1 minute'");
    CHECK(worker.sweep() == 1);
    CHECK(db.value(ready) == "0");
}

TEST_CASE("a job that is displaced by a more urgent one waits for no more than that") {
    database db;
    db.query(one_a_minute);
    counting_worker worker{db};
    put_urgent(db, 3, 3);
    CHECK(worker.admit(20) == 1);
    put_urgent(db, 1, 0);
    CHECK(worker.admit(20) == 0);
    let_come_due(db, "90 seconds"); // the urgent one and the first of the others
    db.query("update txq.limit_keys set filled_at = filled_at - interval '1 minute'");
    worker.promote();
    CHECK(worker.admit(20) == 1);
    CHECK(db.value("select string_agg(priority::text, ' ') from txq.jobs where state = 'running' and attempt = 1 and "
                   "priority = 0") == "0");
    CHECK(minutes_of(db, 3) == "1 2");
}

TEST_CASE("a job is parked without a time where the one before it has none, however many come") {
    database db;
    db.query("select txq.set_limit('kind', 'test', starts => 1, period => '1 hour', burst => 1, each => "
             "'payload.host')");
    counting_worker worker{db};
    put_urgent(db, 2, 3);
    CHECK(worker.admit(20) == 1);
    for (int i = 0; i < 3; ++i) {
        put_urgent(db, 2, 1);
        CHECK(worker.admit(20) == 0);
    }
    CHECK(db.number("select count(*) from txq.parked_jobs where timed") <= 2); // in an hour, the first of each
}

TEST_CASE("jobs of a paused tenant keep no room from others of their key") {
    database db;
    db.query(one_at_a_time);
    counting_worker worker{db};
    put(db, 3, R"({"host": "a"})");
    CHECK(worker.admit(20) == 1);
    db.query(
        "update txq.jobs set tenant = 'away' where id = (select job_id from txq.parked_jobs order by seq limit 1)");
    db.query("select txq.pause(tenant => 'away')");
    worker.complete_one();
    CHECK(worker.release("a") == 2); // both, for one place
    CHECK(worker.admit(20) == 1);
    CHECK(db.value("select string_agg(state || ' ' || coalesce(tenant, '-'), ', ' order by tenant) from txq.jobs") ==
          "ready away, running -");
}
