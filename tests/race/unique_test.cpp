// Jobs that stand for a key, one step of the relay between two steps of somebody else.

#include <support/catch.hpp>
#include <support/claim.hpp>
#include <support/database.hpp>
#include <support/relay.hpp>
#include <support/running_worker.hpp>

#include <thread>

#include <txq/detail/session.hpp>

using namespace txq;
using namespace txq::test;

namespace {

constexpr auto replacing = R"({"key": "k", "on_conflict": "replace"})";
constexpr auto postponing = R"({"key": "k", "on_conflict": "postpone"})";

std::string put(database& db, int n, std::string const& rule, std::string const& more = "") {
    return db.value("select txq.enqueue('test', '{\"n\": " + std::to_string(n) + "}', unique_by => '" + rule + "'" +
                    more + ")");
}

std::string jobs(database& db) {
    return db.value("select string_agg((payload->>'n') || ' ' || state, ', ' order by enqueued_at) from txq.jobs");
}

} // namespace

TEST_CASE("a job that a worker has locked is left alone and the enqueue becomes the next one") {
    auto const rule = GENERATE(as<std::string>{}, replacing, postponing);
    database db;
    relay_by_hand relay{db};
    put(db, 1, rule);
    relay.move_all();
    test::registered a{db};
    pqxx::work tx{a.on.connection()};
    auto const locked = a.lock(tx, 10);
    REQUIRE(locked.size() == 1);
    put(db, 2, rule);
    relay.move_all();
    CHECK(jobs(db) == "1 ready, 2 ready");
    CHECK(a.complete_locked(tx, locked) == 1);
    tx.commit();
    CHECK(jobs(db) == "2 ready");
}

TEST_CASE("a job whose lock came to nothing may still be run and is left alone") {
    database db;
    relay_by_hand relay{db};
    put(db, 1, replacing);
    relay.move_all();
    test::registered a{db};
    {
        pqxx::work tx{a.on.connection()};
        CHECK(a.lock(tx, 10).size() == 1);
    }
    put(db, 2, replacing);
    relay.move_all();
    CHECK(jobs(db) == "1 ready, 2 ready");
}

TEST_CASE("a job that was replaced can be claimed by locks at once with its new arguments") {
    database db;
    relay_by_hand relay{db};
    put(db, 1, replacing);
    relay.move_all();
    put(db, 2, replacing);
    relay.move_all();
    test::registered a{db};
    pqxx::work tx{a.on.connection()};
    auto const locked = a.lock(tx, 10);
    REQUIRE(locked.size() == 1);
    CHECK(std::string{locked[0]["payload"].c_str()} == R"({"n": 2})");
}

TEST_CASE("a claim while the relay replaces gets nothing and after its commit the new arguments") {
    database db;
    relay_by_hand relay{db};
    put(db, 1, replacing);
    relay.move_all();
    pqxx::connection other{db.url()};
    pqxx::work replaces{other};
    replaces.exec("select txq.edit_waiting_job(id, '{\"n\": 2}', null, null) from txq.jobs where "
                  "txq.unique_stage(id, operation_id) = 'waiting'");
    test::registered a{db};
    CHECK(a.claim(10).size() == 0);
    replaces.commit();
    auto const claimed = a.claim(10);
    REQUIRE(claimed.size() == 1);
    CHECK(std::string{claimed[0]["payload"].c_str()} == R"({"n": 2})");
}

TEST_CASE("relays of two outboxes that move the same keys wait for each other and make one job of each") {
    database one{database::schema::outbox};
    database two{database::schema::outbox};
    database queue{database::schema::queue};
    constexpr auto many =
        "select txq.enqueue('test', '{}', unique_by => jsonb_build_object('key', ((i * 37) % 100)::text)) "
        "from generate_series(1, 300) as i";
    one.query(many);
    two.query(many);
    {
        std::jthread const first{[&] { relay_by_hand{one, queue, {.rows = 50}}.move_all(); }};
        std::jthread const second{[&] { relay_by_hand{two, queue, {.rows = 50}}.move_all(); }};
    }
    CHECK(queue.number("select count(*) from txq.jobs") == 100);
    CHECK(queue.number("select count(*) from txq.unique_outcomes") == 500);
    CHECK(queue.number("select count(*) from txq.unique_outcomes as o join txq.jobs as j on j.id = o.job_id") == 500);
}

TEST_CASE("a key that is forgotten while a relay gives it to another job stays") {
    database db;
    relay_by_hand relay{db};
    put(db, 1, replacing);
    relay.move_all();
    db.query("delete from txq.jobs");
    pqxx::connection other{db.url()};
    pqxx::work takes{other};
    takes.exec("update txq.unique_keys set job_id = gen_random_uuid(), kept_until = now() - interval '1 hour'");
    {
        std::jthread const forgets{[&] {
            session database{{.where = connection_info::parse(db.url())}};
            database.run(sql::keep_unique_keys, pq::params{std::nullopt, std::nullopt, 100});
        }};
        db.wait_until(someone_waits, "1");
        takes.commit();
    }
    CHECK(db.number("select count(*) from txq.unique_keys") == 1);
}
