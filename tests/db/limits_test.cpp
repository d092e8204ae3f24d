// Limits: how they are set, and who gets their slots.

#include <support/catch.hpp>
#include <support/claim.hpp>
#include <support/database.hpp>
#include <support/running_worker.hpp>

#include <txq/error.hpp>
#include <txq/limits.hpp>

using namespace txq;
using txq::test::database;
using txq::test::registered;

namespace {

constexpr auto limits = "select string_agg(concat_ws(' ', scope, name, max_running), ', ' order by id) from txq.limits";

limit_change set(database& db, limit_scope scope, std::string const& name, int max_running) {
    pqxx::connection connection{db.url()};
    pqxx::work tx{connection};
    auto const change = set_limit(tx, scope, name, {.max_running = max_running});
    tx.commit();
    return change;
}

errc refusal(std::string const& name, int max_running) {
    database db{database::schema::none};
    pqxx::connection connection{db.url()};
    pqxx::work tx{connection};
    try {
        set_limit(tx, limit_scope::queue, name, {.max_running = max_running});
    } catch (error const& refused) { return refused.code(); }
    return {};
}

/// Asks for slots as a limiter does. Returns what it has got; -1: there is no such limit, or somebody else is at it.
int grant(registered& who, pqxx::transaction_base& tx, std::string const& limit, int slots, int kept = 0) {
    if (who.on.run(tx, sql::lock_limit, pq::params{limit}).empty()) return -1;
    return who.on.run(tx, sql::grant_slots, pq::params{limit, who.id, slots, slots, kept})[0]["slots"].as<int>();
}
int grant(registered& who, std::string const& limit, int slots, int kept = 0) {
    pqxx::work tx{who.on.connection()};
    auto const granted = grant(who, tx, limit, slots, kept);
    tx.commit();
    return granted;
}

/// Takes beginnings of the only limit that there is, as a limiter does. Returns how many it has got.
int take(database& db, registered& who, int wanted) {
    auto const limit = db.value("select id from txq.limits");
    return who.on.run(sql::take_starts, pq::params{limit, wanted})[0]["starts"].as<int>();
}

} // namespace

TEST_CASE("a limit is added and changed and removed") {
    database db;
    CHECK(set(db, limit_scope::queue, "mail", 3) == limit_change::added);
    CHECK(set(db, limit_scope::kind, "mail", 4) == limit_change::added);
    CHECK(set(db, limit_scope::queue, "mail", 3) == limit_change::unchanged);
    CHECK(set(db, limit_scope::queue, "mail", 0) == limit_change::changed);
    CHECK(db.value(limits) == "queue mail 0, kind mail 4");
    pqxx::connection connection{db.url()};
    pqxx::work tx{connection};
    CHECK(remove_limit(tx, limit_scope::queue, "mail"));
    CHECK_FALSE(remove_limit(tx, limit_scope::queue, "mail"));
    tx.commit();
    CHECK(db.value(limits) == "kind mail 4");
}

TEST_CASE("a limit that cannot be meant is refused") {
    CHECK(refusal("", 1) == errc::bad_configuration);
    CHECK(refusal(std::string(129, 'q'), 1) == errc::bad_configuration);
    CHECK(refusal("q", -1) == errc::bad_configuration);
    CHECK(refusal("q", 1'000'001) == errc::bad_configuration);
    CHECK(refusal("q", 1) == errc::schema_missing);
    database db;
    CHECK_THROWS_WITH(db.query("select txq.set_limit('tenant', 'a', 1)"),
                      Catch::Matchers::Contains("scope is 'tenant'; it must be queue or kind"));
    CHECK_THROWS_WITH(db.query("select txq.set_limit('queue', 'a', -1)"),
                      Catch::Matchers::Contains("max_running is -1; it must be 0 to 1000000"));
    CHECK_THROWS_WITH(db.query("select txq.set_limit('queue', '', 1)"),
                      Catch::Matchers::Contains("name has 0 bytes; it must have 1 to 128"));
}

TEST_CASE("a limit of beginnings that cannot be meant is refused") {
    database db;
    pqxx::connection connection{db.url()};
    auto const refusal = [&](limit_settings const& settings) -> std::string {
        pqxx::work tx{connection};
        try {
            set_limit(tx, limit_scope::queue, "q", settings);
        } catch (error const& refused) {
            CHECK(refused.code() == errc::bad_configuration);
            return refused.what();
        }
        return "";
    };
    CHECK(refusal({}) == "set_limit: neither max_running nor starts is given");
    CHECK(refusal({.starts = 0}) == "set_limit: starts is 0; it must be 1 to 1000000");
    CHECK(refusal({.max_running = 1, .burst = 1}) == "set_limit: burst is nothing without starts");
    CHECK(refusal({.starts = 1, .period = std::chrono::milliseconds{999}}) ==
          "set_limit: period is 999 ms; it must be a second to a day");
    CHECK(refusal({.starts = 1000, .burst = 199}) ==
          "set_limit: burst is 199; it must be 200 to 1000000: a fifth of a second's starts, or more");
    CHECK(refusal({.starts = 1000, .burst = 200}).empty());
}

TEST_CASE("no more beginnings are taken than a bucket has and time brings") {
    database db;
    db.query("select txq.set_limit('queue', 'default', starts => 60, period => '1 hour', burst => 3)");
    registered a{db};
    CHECK(take(db, a, 2) == 2);
    CHECK(take(db, a, 2) == 1);
    CHECK(take(db, a, 2) == 0);
    db.query("update txq.limit_buckets set filled_at = filled_at - interval '65 seconds'");
    CHECK(take(db, a, 2) == 1);
    db.query("update txq.limit_buckets set filled_at = filled_at - interval '1 day'");
    CHECK(take(db, a, 10) == 3);
}

TEST_CASE("beginnings go on from where the clock is after it was ahead and give no more than it brings") {
    database db;
    db.query("select txq.set_limit('queue', 'default', starts => 60, period => '1 hour', burst => 3)");
    registered a{db};
    CHECK(take(db, a, 3) == 3);
    db.query("update txq.limit_buckets set filled_at = filled_at + interval '1 day'"); // by a clock that was ahead
    CHECK(take(db, a, 1) == 0);
    db.query("update txq.limit_buckets set filled_at = filled_at - interval '65 seconds'"); // from now on time passes
    CHECK(take(db, a, 2) == 1);
    CHECK(take(db, a, 1) == 0);
}

TEST_CASE("who changes a limit and does not end the transaction keeps nobody waiting") {
    database db;
    db.query("select txq.set_limit('queue', 'default', 5, starts => 1, period => '1 day', burst => 5)");
    auto const limit = db.value("select id from txq.limits");
    registered a{db};
    pqxx::connection application{db.url()};
    pqxx::work open{application};
    open.exec("select txq.set_limit('queue', 'default', 6, starts => 2, period => '1 day', burst => 5)");
    CHECK(a.on.run(sql::lock_limit, pq::params{limit}).empty());
    open.exec("select txq.remove_limit('queue', 'default')");
    CHECK(a.on.run(sql::take_starts, pq::params{limit, 1}).empty());
    CHECK(a.on.run(sql::read_limits, pq::params{"{default}", "{test}"}).size() == 1);
}

TEST_CASE("two who take the last beginnings at the same time do not both get them") {
    database db;
    db.query("select txq.set_limit('queue', 'default', starts => 1, period => '1 day', burst => 5)");
    auto const limit = db.value("select id from txq.limits");
    registered a{db};
    registered b{db};
    pqxx::work first{a.on.connection()};
    CHECK(a.on.run(first, sql::take_starts, pq::params{limit, 4})[0]["starts"].as<int>() == 4);
    CHECK(b.on.run(sql::take_starts, pq::params{limit, 4}).empty());
    first.commit();
    CHECK(b.on.run(sql::take_starts, pq::params{limit, 4})[0]["starts"].as<int>() == 1);
}

TEST_CASE("workers get no more slots of a limit than there are") {
    database db;
    set(db, limit_scope::queue, "default", 5);
    auto const limit = db.value("select id from txq.limits");
    registered a{db};
    registered b{db};
    CHECK(grant(a, limit, 3) == 3);
    CHECK(grant(b, limit, 4) == 2);
    CHECK(grant(a, limit, 4) == 3);
    CHECK(grant(a, limit, 1) == 1);
    CHECK(grant(b, limit, 4) == 4);
    CHECK(db.value("select sum(slots) from txq.limit_grants") == "5");
}

TEST_CASE("what a worker runs is not taken from it when a limit is lowered") {
    database db;
    set(db, limit_scope::queue, "default", 5);
    auto const limit = db.value("select id from txq.limits");
    registered a{db};
    registered b{db};
    grant(a, limit, 5);
    set(db, limit_scope::queue, "default", 2);
    CHECK(grant(b, limit, 2) == 0);
    CHECK(grant(a, limit, 3, 3) == 3);
    CHECK(grant(b, limit, 2) == 0);
    CHECK(grant(a, limit, 1, 1) == 1);
    CHECK(grant(b, limit, 2) == 1);
}

TEST_CASE("two who ask for the last slots at the same time do not both get them") {
    database db;
    set(db, limit_scope::queue, "default", 5);
    auto const limit = db.value("select id from txq.limits");
    registered a{db};
    registered b{db};
    grant(b, limit, 1);
    pqxx::work first{a.on.connection()};
    CHECK(grant(a, first, limit, 4) == 4);
    CHECK(grant(b, limit, 5) == -1);
    first.commit();
    CHECK(grant(b, limit, 5) == 1);
}

TEST_CASE("the slots of a dead worker are free with its jobs") {
    database db;
    set(db, limit_scope::queue, "default", 5);
    auto const limit = db.value("select id from txq.limits");
    registered a{db};
    registered b{db};
    grant(a, limit, 5);
    CHECK(grant(b, limit, 5) == 0);
    b.on.run(sql::rescue_jobs, pq::params{a.id, 0, 3});
    CHECK(grant(b, limit, 5) == 5);
    CHECK_THROWS_AS(grant(a, limit, 1), pqxx::sql_error);
}

TEST_CASE("nobody gets slots of a limit that has been removed") {
    database db;
    set(db, limit_scope::queue, "default", 5);
    auto const limit = db.value("select id from txq.limits");
    registered a{db};
    grant(a, limit, 5);
    db.query("select txq.remove_limit('queue', 'default')");
    CHECK(grant(a, limit, 5) == -1);
    CHECK(db.number("select count(*) from txq.limit_grants") == 0);
}

TEST_CASE("whether there are jobs for a limit is seen at a bounded cost") {
    database db;
    registered a{db};
    auto const ask = [&](std::string const& scope, std::string const& name) {
        return a.on
            .run(sql::has_limited_jobs, pq::params{scope, name, "{other,default}", "{test,rare}", 10})[0]["waiting"]
            .as<bool>();
    };
    CHECK_FALSE(ask("queue", "default"));
    test::put_jobs(db, {.kind = "unknown"});
    CHECK_FALSE(ask("queue", "default"));
    test::put_jobs(db, {.kind = "test"});
    CHECK(ask("queue", "default"));
    CHECK(ask("kind", "test"));
    CHECK_FALSE(ask("kind", "rare"));
    test::put_jobs(db, {.kind = "rare", .priority = 3});
    CHECK(ask("kind", "rare"));
    auto const unseen = [&] {
        return a.on
            .run(sql::has_limited_jobs, pq::params{"kind", "none", "{other,default}", "{test,rare}", 10})[0]["unseen"]
            .as<bool>();
    };
    CHECK_FALSE(unseen());
    test::put_jobs(db, {.count = 20});
    CHECK(unseen());
}
