// What applications call in their transactions to pause things, and to say what queues and tenants are like.

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/roles.hpp>

#include <functional>

#include <txq/detail/pq.hpp>
#include <txq/enqueue.hpp>
#include <txq/error.hpp>
#include <txq/jobs_by_key.hpp>
#include <txq/limits.hpp>
#include <txq/pausing.hpp>
#include <txq/queues.hpp>
#include <txq/schedules.hpp>

using namespace txq;
using Catch::Matchers::Contains;
using txq::test::database;
using txq::test::printed_roles;
using call = std::function<void(pqxx::transaction_base&)>;

namespace {

void commit(database& db, call const& what) {
    pqxx::connection connection{db.url()};
    pqxx::work tx{connection};
    what(tx);
    tx.commit();
}

/// Why it is refused; the transaction is still usable if it is `untouched`.
std::string refusal(database& db, call const& what, errc code, bool untouched = true) {
    pqxx::connection connection{db.url()};
    pqxx::work tx{connection};
    try {
        what(tx);
    } catch (error const& refused) {
        CHECK(refused.code() == code);
        if (untouched) CHECK_NOTHROW(tx.exec("select 1"));
        return refused.what();
    }
    return "";
}

/// Why the role of a connection may not do something; empty: it may.
std::string denial(pqxx::connection& connection, call const& what) {
    pqxx::work tx{connection};
    try {
        what(tx);
    } catch (error const& refused) {
        CHECK(refused.code() == errc::missing_privilege);
        return refused.what();
    }
    return "";
}

/// Every one of the calls, for a name.
std::vector<call> calls(std::string const& name) {
    return {[=](auto& tx) { pause_queue(tx, name); },
            [=](auto& tx) { pause_kind(tx, name); },
            [=](auto& tx) { pause_tenant(tx, name); },
            [=](auto& tx) { resume_queue(tx, name); },
            [=](auto& tx) { resume_kind(tx, name); },
            [=](auto& tx) { resume_tenant(tx, name); },
            [=](auto& tx) { set_queue(tx, name, {.fair = true}); },
            [=](auto& tx) { set_tenant(tx, name, {.weight = 2}); },
            [=](auto& tx) { set_limit(tx, limit_scope::queue, name, {.max_running = 2}); },
            [=](auto& tx) { remove_limit(tx, limit_scope::kind, name); }};
}

constexpr auto queues = "select string_agg(concat_ws(' ', name, fair, max_depth, when_full), ', ' order by name) "
                        "from txq.queues";

} // namespace

TEST_CASE("a program pauses and resumes each once") {
    struct {
        bool (*pause)(pqxx::transaction_base&, std::string_view);
        bool (*resume)(pqxx::transaction_base&, std::string_view);
        std::string table;
    } const ways[] = {{pause_queue, resume_queue, "queues"},
                      {pause_kind, resume_kind, "kinds"},
                      {pause_tenant, resume_tenant, "tenants"}};
    database db;
    for (auto const& one : ways) {
        commit(db, [&](auto& tx) {
            CHECK_FALSE(one.resume(tx, "mail"));
            CHECK(one.pause(tx, "mail"));
            CHECK_FALSE(one.pause(tx, "mail"));
        });
        CHECK(db.value("select name from txq." + one.table + " where paused_at is not null") == "mail");
        commit(db, [&](auto& tx) {
            CHECK(one.resume(tx, "mail"));
            CHECK_FALSE(one.resume(tx, "mail"));
        });
        CHECK(db.number("select count(*) from txq." + one.table) == 0);
    }
}

TEST_CASE("a pause is the application's transaction's") {
    database db;
    pqxx::connection connection{db.url()};
    {
        pqxx::work tx{connection};
        CHECK(pause_queue(tx, "mail"));
    }
    CHECK(db.number("select count(*) from txq.queues") == 0);
}

TEST_CASE("a program sets what a queue is like and what it does not say stays") {
    database db;
    commit(db, [](auto& tx) { set_queue(tx, "mail", {.fair = true, .max_depth = 10}); });
    CHECK(db.value(queues) == "mail t 10 refuse");
    commit(db, [](auto& tx) { set_queue(tx, "mail", {.when_full = when_full::warn}); });
    CHECK(db.value(queues) == "mail t 10 warn");
    commit(db, [](auto& tx) { set_queue(tx, "mail", {.max_depth = 0}); });
    CHECK(db.value(queues) == "mail t");
}

TEST_CASE("a program sets a tenant's weight") {
    database db;
    commit(db, [](auto& tx) { set_tenant(tx, "ann", {.weight = 3}); });
    CHECK(db.value("select string_agg(name || ' ' || weight, ', ') from txq.tenants") == "ann 3");
}

TEST_CASE("settings that cannot be meant are refused before anything is sent") {
    database db;
    auto const refused = [&](call const& what) { return refusal(db, what, errc::bad_configuration); };
    CHECK(refused([](auto& tx) { set_queue(tx, "mail", {}); }) ==
          "set_queue: nothing is to be set: neither fair, max_depth nor when_full");
    CHECK(refused([](auto& tx) { set_queue(tx, "mail", {.max_depth = -1}); }) ==
          "set_queue: max_depth is -1; it must be 0 to 100000000");
    CHECK(refused([](auto& tx) { set_queue(tx, "mail", {.max_depth = 0, .when_full = when_full::warn}); }) ==
          "set_queue: when_full is nothing without max_depth");
    CHECK(refused([](auto& tx) { set_tenant(tx, "ann", {.weight = 0}); }) ==
          "set_tenant: weight is 0; it must be 1 to 1000");
    for (auto const& name : {std::string{}, std::string(129, 'q'), std::string{"a\0b", 3}})
        for (auto const& each : calls(name))
            CHECK_THAT(refused(each), Contains("has 1 to 128 bytes, none of them zero"));
}

TEST_CASE("settings that only the database can refuse are refused") {
    database db;
    auto const refused = [&](call const& what) { return refusal(db, what, errc::bad_configuration, false); };
    CHECK(refused([](auto& tx) { set_queue(tx, "mail", {.when_full = when_full::warn}); }) ==
          "set_queue: when_full is nothing without max_depth");
    for (auto const& each : calls("\xff")) CHECK_THAT(refused(each), Contains("invalid byte sequence"));
}

TEST_CASE("a program that looks for queues in another database is told so") {
    database db{database::schema::outbox};
    for (auto const& each : calls("mail"))
        CHECK_THAT(refusal(db, each, errc::schema_missing, false), Contains("is it the queue's database?"));
}

TEST_CASE("a program that lacks a privilege is told which one and its grant is all that it needs") {
    database db;
    printed_roles const roles{db};
    pqxx::connection connection{roles.url_of("producer")};
    auto all = calls("mail");
    all.insert(all.end(), {[](auto& tx) { find_job(tx, "k", "key"); }, [](auto& tx) { cancel_job(tx, "k", "key"); },
                           [](auto& tx) { reschedule_job(tx, "k", "key", std::chrono::system_clock::now()); },
                           [](auto& tx) { outcome_of_enqueue(tx, uuid::v7()); },
                           [](auto& tx) { add_schedule(tx, "s", "@daily", "k", "{}"); },
                           [](auto& tx) { remove_schedule(tx, "s"); }});
    int grants = 0;
    for (auto const& each : all) {
        auto const told = denial(connection, each);
        if (told.empty()) continue; // the function of one before
        CHECK_THAT(told, Contains("database " + db.name()) && Contains("as role " + roles.own("producer")) &&
                             Contains("permission denied for function"));
        auto const begin = told.find("grant usage");
        REQUIRE(begin != told.npos);
        db.query(told.substr(begin, told.find("(docs/") - begin));
        CHECK(denial(connection, each) == "");
        ++grants;
    }
    CHECK(grants == 12);
}

TEST_CASE("a program that may not enqueue is told how it gets the rights") {
    database db;
    printed_roles const roles{db};
    pqxx::connection connection{roles.url_of("reader")};
    CHECK_THAT(denial(connection, [](auto& tx) { enqueue(tx, "k", "{}"); }),
               Contains("permission denied") && Contains("txq roles --side outbox --only producer"));
}

TEST_CASE("what an application has in its search path does not come between") {
    database db;
    db.query(
        "create schema mine; create function mine.same(text, text) returns boolean language sql as 'select false'; "
        "create operator mine.= (leftarg = text, rightarg = text, function = mine.same)");
    commit(db, [](auto& tx) {
        tx.exec("set local search_path = mine, pg_catalog");
        for (auto const& each : calls("mail")) each(tx);
        pause_queue(tx, "mail");
    });
    CHECK(db.value("select paused_at is not null from txq.queues") == "t");
}
