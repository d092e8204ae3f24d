// Schedules kept by a C++ program in its own transaction.

#include <support/catch.hpp>
#include <support/database.hpp>

#include <txq/schedules.hpp>

using namespace std::chrono_literals;
using namespace txq;
using Catch::Matchers::Contains;
using txq::test::database;

namespace {

struct sync_inventory {
    static constexpr std::string_view kind = "sync_inventory";
    int store;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(sync_inventory, store)

errc code_of(auto act) {
    try {
        act();
    } catch (error const& refused) {
        UNSCOPED_INFO(refused.what());
        return refused.code();
    }
    return errc::bad_configuration; // which none of these throws
}

} // namespace

TEST_CASE("a program keeps a schedule in its own transaction") {
    database db{database::schema::queue};
    pqxx::connection connection{db.url()};
    {
        pqxx::work tx{connection};
        CHECK(add_schedule(tx, "sync", "every 5 minutes", sync_inventory{42}) == schedule_change::added);
    }
    CHECK(db.number("select count(*) from txq.schedules") == 0);
    pqxx::work tx{connection};
    schedule_options const options{.zone = "Europe/Berlin",
                                   .queue = "slow",
                                   .priority = 1,
                                   .max_attempts = 3,
                                   .headers = {{"tenant", "Grüße"}},
                                   .missed = missed_times::skip,
                                   .missed_limit = 7,
                                   .overlap = false,
                                   .jitter = 1500ms};
    CHECK(add_schedule(tx, "sync", "every 5 minutes", sync_inventory{42}, options) == schedule_change::added);
    CHECK(add_schedule(tx, "sync", "every 5 minutes", sync_inventory{42}, options) == schedule_change::unchanged);
    CHECK(add_schedule(tx, "sync", "every 6 minutes", sync_inventory{42}, options) == schedule_change::changed);
    CHECK(add_sql_schedule(tx, "tidy", "@daily", "delete from carts") == schedule_change::added);
    auto const job = run_schedule(tx, "sync");
    CHECK(pause_schedule(tx, "sync"));
    CHECK_FALSE(pause_schedule(tx, "other"));
    CHECK(resume_schedule(tx, "sync"));
    CHECK(remove_schedule(tx, "tidy"));
    CHECK_FALSE(remove_schedule(tx, "tidy"));
    tx.commit();

    CHECK(db.value("select concat_ws('|', name, times, zone, kind, payload, queue, priority, max_attempts, headers, "
                   "missed, missed_limit, overlap, jitter, paused_at) from txq.schedules") ==
          "sync|every 6 minutes|Europe/Berlin|sync_inventory|{\"store\": 42}|slow|1|3|{\"tenant\": "
          "\"Grüße\"}|skip|7|f|00:00:01.5");
    CHECK(db.value("select id from txq.jobs") == job.str());
}

TEST_CASE("a program lists the schedules that there are with their next and last runs") {
    database db{database::schema::queue};
    pqxx::connection connection{db.url()};
    pqxx::work tx{connection};
    CHECK(list_schedules(tx).empty());
    schedule_options const options{.zone = "Europe/Berlin",
                                   .queue = "slow",
                                   .priority = 1,
                                   .max_attempts = 3,
                                   .tenant = "store 42",
                                   .headers = {{"tenant", "Gr\xc3\xbc\xc3\x9f"
                                                          "e"}},
                                   .missed = missed_times::skip,
                                   .missed_limit = 7,
                                   .overlap = false,
                                   .jitter = 1500ms};
    add_schedule(tx, "sync", "every day at 04:02", sync_inventory{42}, options);
    add_sql_schedule(tx, "tidy", "@daily", "delete from carts", {.tenant = "store 7"});
    auto const job = run_schedule(tx, "sync");
    pause_schedule(tx, "tidy");
    tx.exec("select txq.add_schedule('bad', 'at times', 'k', missed => 'all')");
    tx.exec("update txq.schedules set since = '2026-03-28 12:00+00' where name = 'sync'");

    auto const all = list_schedules(tx);
    REQUIRE(all.size() == 3);
    CHECK_THAT(all[0].problem, Contains("column 1 of the schedule 'at times'"));
    CHECK(all[0].options.missed == missed_times::all);
    CHECK_FALSE(all[0].next);
    CHECK_FALSE(all[0].last);
    auto const& sync = all[1];
    CHECK(sync.name == "sync");
    CHECK(sync.times == "every day at 04:02");
    CHECK(sync.kind == "sync_inventory");
    CHECK(sync.payload == R"({"store": 42})");
    CHECK(sync.command.empty());
    CHECK(sync.options.zone == options.zone);
    CHECK(sync.options.queue == options.queue);
    CHECK(sync.options.priority == options.priority);
    CHECK(sync.options.max_attempts == options.max_attempts);
    CHECK(sync.options.tenant == options.tenant);
    CHECK(sync.options.headers == options.headers);
    CHECK(sync.options.missed == options.missed);
    CHECK(sync.options.missed_limit == options.missed_limit);
    CHECK(sync.options.overlap == options.overlap);
    CHECK(sync.options.jitter == options.jitter);
    CHECK(sync.set.empty());
    CHECK_FALSE(sync.is_paused);
    CHECK(sync.problem.empty());
    REQUIRE(sync.next);
    CHECK(*sync.next > std::chrono::sys_days{std::chrono::year{2026} / 3 / 29}); // what was missed is not to come
    REQUIRE(sync.last);
    CHECK(sync.last->by_hand);
    CHECK(sync.last->job == job);
    CHECK(sync.last->state == "ready");
    auto const tidy = list_schedules(tx, {"tidy", "other"});
    REQUIRE(tidy.size() == 1);
    CHECK(tidy[0].kind.empty());
    CHECK(tidy[0].command == "delete from carts");
    CHECK(tidy[0].options.tenant == "store 7");
    CHECK(tidy[0].is_paused);
    CHECK_FALSE(tidy[0].next);
}

TEST_CASE("a database without schedules is named where a program would list them") {
    database db{database::schema::outbox};
    pqxx::connection connection{db.url()};
    pqxx::work tx{connection};
    CHECK(code_of([&] { list_schedules(tx); }) == errc::schema_missing);
}

TEST_CASE("what cannot be a schedule is refused before anything is sent and names its place") {
    database db{database::schema::queue};
    pqxx::connection connection{db.url()};
    pqxx::work tx{connection};
    auto const add = [&](std::string const& name, std::string const& times, schedule_options const& options = {}) {
        return code_of([&] { add_schedule(tx, name, times, "k", "{}", options); });
    };
    CHECK(add("", "@daily") == errc::bad_schedule);
    CHECK(add(std::string(129, 'x'), "@daily") == errc::bad_schedule);
    CHECK(add("a", "every day at 25:00") == errc::bad_schedule);
    CHECK(add("a", "@daily", {.zone = "Europe/Berln"}) == errc::bad_schedule);
    CHECK(add("a", "@daily", {.queue = ""}) == errc::bad_queue);
    CHECK(add("a", "@daily", {.priority = 4}) == errc::bad_priority);
    CHECK(add("a", "@daily", {.max_attempts = 0}) == errc::bad_max_attempts);
    CHECK(add("a", "@daily", {.headers = {{"", "x"}}}) == errc::bad_headers);
    CHECK(add("a", "@daily", {.missed_limit = 0}) == errc::bad_schedule);
    CHECK(add("a", "@daily", {.missed = missed_times::all, .overlap = false}) == errc::bad_schedule);
    CHECK(add("a", "@daily", {.jitter = 25h}) == errc::bad_schedule);
    CHECK(code_of([&] { add_schedule(tx, "a", "@daily", "", "{}"); }) == errc::bad_kind);
    CHECK(code_of([&] { add_schedule(tx, "a", "@daily", "txq.sql", "{}"); }) == errc::bad_kind);
    CHECK(code_of([&] { add_schedule(tx, "a", "@daily", "k", "{"); }) == errc::bad_payload);
    for (auto const* command : {"", "commit", "select 1; select 2", "select $9", "-- nothing"})
        CHECK(code_of([&] { add_sql_schedule(tx, "a", "@daily", command); }) == errc::bad_schedule);
    CHECK(code_of([&] { remove_schedule(tx, ""); }) == errc::bad_schedule);
    CHECK_THROWS_WITH(add_schedule(tx, "nightly", "every day at 25:00", "k", "{}"),
                      Contains("add_schedule of nightly: ") && Contains("column"));
    tx.commit(); // it was not harmed
}

TEST_CASE("what only the database knows to be wrong has a code of its own") {
    database db{database::schema::queue};
    pqxx::connection connection{db.url()};
    auto const code = [&](auto act) {
        pqxx::work tx{connection};
        return code_of([&] { act(tx); });
    };
    db.query("select txq.add_schedule('one', '@daily', 'k', overlap => false), txq.run_schedule('one')");
    db.query("select txq.add_schedule('filed', '@daily', 'k')");
    db.query("update txq.schedules set file_set = 'shop' where name = 'filed'");
    CHECK(code([](auto& tx) { run_schedule(tx, "other"); }) == errc::not_found);
    CHECK(code([](auto& tx) { run_schedule(tx, "one"); }) == errc::wrong_state);
    CHECK(code([](auto& tx) { add_schedule(tx, "filed", "@daily", "k", "{}"); }) == errc::wrong_state);
}

TEST_CASE("a database without schedules is told from one that refuses") {
    database db{database::schema::outbox};
    pqxx::connection connection{db.url()};
    pqxx::work tx{connection};
    try {
        add_schedule(tx, "a", "@daily", "k", "{}");
        FAIL("added");
    } catch (error const& refused) {
        CHECK(refused.code() == errc::schema_missing);
        CHECK_THAT(refused.what(), Contains("database " + db.name()) && Contains("txq migrate --side queue"));
    }
}

TEST_CASE("a connection with settings of its own keeps schedules as given") {
    database db{database::schema::queue};
    pqxx::connection connection{db.url()};
    connection.set_client_encoding("LATIN1");
    pqxx::work tx{connection};
    tx.exec("create schema evil");
    tx.exec("create function evil.add_schedule(text) returns text language sql as $$ select 'evil' $$");
    tx.exec("create function evil.eq(text, text) returns boolean language sql as $$ select true $$");
    tx.exec("create operator evil.= (function = evil.eq, leftarg = text, rightarg = text)");
    tx.exec("set local search_path = evil, pg_catalog");
    tx.exec("set local standard_conforming_strings = off");
    tx.exec("set local IntervalStyle = iso_8601");
    add_schedule(tx, "a", "@daily", "k", R"({"to": "Grüße"})", {.headers = {{"to", "Grüße"}}, .jitter = 1500ms});
    CHECK(code_of([&] { add_schedule(tx, "ä", "@daily", "k", "{}"); }) == errc::bad_schedule);
    CHECK(code_of([&] { remove_schedule(tx, "ä"); }) == errc::bad_schedule);
    tx.commit();
    CHECK(db.value("select payload->>'to' || (headers->>'to') || jitter from txq.schedules") == "GrüßeGrüße00:00:01.5");
}
