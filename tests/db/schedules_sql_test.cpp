// The functions with which an application keeps schedules from SQL.

#include <support/catch.hpp>
#include <support/database.hpp>

using Catch::Matchers::Contains;
using txq::test::database;

namespace {

std::string add(database& db, std::string const& rest = "") {
    return db.value("select txq.add_schedule('sync', 'every 5 minutes', 'sync_inventory', '{\"store\": 42}'" +
                    (rest.empty() ? "" : ", " + rest) + ")");
}

std::string row(database& db) {
    return db.value("select concat_ws('|', name, times, zone, kind, payload, queue, priority, max_attempts, headers, "
                    "missed, missed_limit, overlap, jitter, file_set, paused_at, problem) from txq.schedules");
}

} // namespace

TEST_CASE("a schedule made in SQL has the documented defaults") {
    database db{database::schema::queue};
    CHECK(add(db) == "added");
    CHECK(row(db) == R"(sync|every 5 minutes|UTC|sync_inventory|{"store": 42}|default|2|20|once|100|t|00:00:00)");
}

TEST_CASE("a schedule is made with the transaction that makes it") {
    database db{database::schema::queue};
    pqxx::connection connection{db.url()};
    {
        pqxx::work tx{connection};
        tx.exec("select txq.add_schedule('sync', '@daily', 'sync')");
    }
    CHECK(db.number("select count(*) from txq.schedules") == 0);
}

TEST_CASE("to make a schedule again changes what differs and otherwise writes nothing") {
    database db{database::schema::queue};
    add(db);
    auto const before = db.value("select ctid::text || xmin || since from txq.schedules");
    CHECK(add(db) == "unchanged");
    CHECK(db.value("select ctid::text || xmin || since from txq.schedules") == before);
    auto const since = db.value("select since from txq.schedules");
    auto const changed_in = db.value("select changed_in from txq.schedules");

    CHECK(add(db, "queue => 'slow', headers => '{\"tenant\": \"acme\"}'") == "changed");

    CHECK(db.value("select since from txq.schedules") == since); // its times are what they were
    CHECK(db.value("select changed_in from txq.schedules") != changed_in);
    CHECK_THAT(row(db), Contains("|slow|") && Contains("acme"));
}

TEST_CASE("other times count from when they were given and a problem with the former ones is gone") {
    database db{database::schema::queue};
    add(db);
    db.query("update txq.schedules set since = now() - interval '1 year', problem = 'what?'");
    CHECK(add(db, "zone => 'Europe/Berlin'") == "changed");
    CHECK(db.value("select since > now() - interval '1 minute' and problem is null from txq.schedules") == "t");
}

TEST_CASE("a schedule is paused and resumed and stays paused when it is changed") {
    database db{database::schema::queue};
    add(db);
    db.query("update txq.schedules set since = now() - interval '1 year'");
    CHECK(db.value("select txq.pause_schedule('sync')") == "t");
    auto const paused_at = db.value("select paused_at from txq.schedules");
    CHECK(db.value("select txq.pause_schedule('sync')") == "t");
    CHECK(add(db, "priority => 0") == "changed");
    CHECK(db.value("select paused_at from txq.schedules") == paused_at);
    CHECK(db.value("select since < now() - interval '1 minute' from txq.schedules") == "t");

    CHECK(db.value("select txq.resume_schedule('sync')") == "t");

    CHECK(db.value("select paused_at is null and since > now() - interval '1 minute' from txq.schedules") == "t");
    CHECK(db.value("select txq.pause_schedule('other')") == "f");
    CHECK(db.value("select txq.resume_schedule('other')") == "f");
}

TEST_CASE("a schedule is removed once and its jobs stay") {
    database db{database::schema::queue};
    add(db);
    db.query("select txq.run_schedule('sync')");
    CHECK(db.value("select txq.remove_schedule('sync')") == "t");
    CHECK(db.value("select txq.remove_schedule('sync')") == "f");
    CHECK(db.number("select count(*) from txq.schedules") == 0);
    CHECK(db.number("select count(*) from txq.jobs") == 1);
}

TEST_CASE("a run by hand adds a job beside those of the schedule's times") {
    database db{database::schema::queue};
    add(db, "queue => 'slow', priority => 1, max_attempts => 3, headers => '{\"tenant\": \"acme\"}', jitter => '1 h'");
    db.query("select txq.pause_schedule('sync')");
    auto const id = db.value("select txq.run_schedule('sync')");
    CHECK(db.value("select concat_ws('|', id = operation_id, state, queue, kind, priority, max_attempts, payload, "
                   "headers->>'tenant', headers->>'schedule', (headers->>'planned_at')::timestamptz = run_at) "
                   "from txq.jobs where id = '" +
                   id + "'") == R"(t|ready|slow|sync_inventory|1|3|{"store": 42}|acme|sync|t)");
    CHECK(db.value("select concat_ws('|', schedule, by_hand, job_id) from txq.schedule_runs") == "sync|t|" + id);
}

TEST_CASE("a run by hand waits for no other one unless runs must not overlap") {
    database db{database::schema::queue};
    add(db);
    db.query("select txq.run_schedule('sync'), txq.run_schedule('sync')");
    CHECK(db.number("select count(*) from txq.jobs") == 2);
    add(db, "overlap => false");
    CHECK_THROWS_WITH(db.query("select txq.run_schedule('sync')"),
                      Contains("txq.run_schedule of sync: its job ") && Contains("is not over"));
    db.query("delete from txq.jobs");
    CHECK_NOTHROW(db.query("select txq.run_schedule('sync')"));
}

TEST_CASE("a transaction that runs a schedule can be prepared") {
    database db{database::schema::queue};
    add(db);
    pqxx::connection connection{db.url()};
    pqxx::nontransaction tx{connection};
    tx.exec("begin");
    tx.exec("select txq.add_schedule('other', '@daily', 'k'), txq.run_schedule('sync')");
    tx.exec("prepare transaction '" + db.name() + "'");
    tx.exec("commit prepared '" + db.name() + "'");
    CHECK(db.number("select count(*) from txq.jobs") == 1);
}

TEST_CASE("a schedule that runs SQL is of the kind that runs it") {
    database db{database::schema::queue};
    CHECK(db.value("select txq.add_sql_schedule('tidy', '@daily', 'delete from carts')") == "added");
    CHECK(db.value("select kind || '|' || command from txq.schedules") == "txq.sql|delete from carts");
    auto const id = db.value("select txq.run_schedule('tidy')");
    CHECK(db.value("select payload->>'schedule' || '|' || (payload ? 'planned_at') from txq.jobs") == "tidy|true");
}

TEST_CASE("the jobs of a schedule are its tenant's") {
    database db{database::schema::queue};
    add(db);
    CHECK(add(db, "tenant => 'store 42'") == "changed");
    CHECK(add(db, "tenant => 'store 42'") == "unchanged");
    db.query("select txq.run_schedule('sync')");
    CHECK(db.value("select tenant from txq.jobs") == "store 42");
    db.query("select txq.add_sql_schedule('tidy', '@daily', 'delete from carts', tenant => 'store 7'), "
             "txq.run_schedule('tidy')");
    CHECK(db.value("select tenant from txq.jobs where kind = 'txq.sql'") == "store 7");
    CHECK_THROWS_WITH(add(db, "tenant => ''"), Contains("tenant has 0 bytes; it must have 1 to 128"));
}

TEST_CASE("what a schedule cannot be is refused with its name and limit") {
    database db{database::schema::queue};
    auto const refused = [&](std::string const& arguments, std::string const& why) {
        INFO(arguments);
        CHECK_THROWS_WITH(db.query("select txq.add_schedule(" + arguments + ")"), Contains(why));
    };
    refused("null, '@daily', 'k'", "txq.add_schedule: name is empty; it must have 1 to 128 bytes");
    refused("repeat('x', 129), '@daily', 'k'", "name has 129 bytes; the limit is 128");
    refused("'a', '', 'k'", "txq.add_schedule of a: times are empty");
    refused("'a', repeat('x', 257), 'k'", "times have 257 bytes; the limit is 256");
    refused("'a', '@daily', ''", "kind is empty");
    refused("'a', '@daily', 'txq.sql'", "use txq.add_sql_schedule");
    refused("'a', '@daily', 'k', null", "payload is null");
    refused("'a', '@daily', 'k', to_jsonb(repeat('x', 262144))", "payload has 262146 bytes; the limit is 262144");
    refused("'a', '@daily', 'k', zone => 'Europe/Berln'", "there is no time zone Europe/Berln");
    refused("'a', '@daily', 'k', zone => 'europe/berlin'", "there is no time zone europe/berlin");
    refused("'a', '@daily', 'k', zone => 'CEST'", "there is no time zone CEST");
    refused("'a', '@daily', 'k', zone => 'localtime'", "there is no time zone localtime");
    refused("'a', '@daily', 'k', zone => '<+02>-2'", "zone is '<+02>-2'");
    refused("'a', '@daily', 'k', queue => ''", "queue is empty");
    refused("'a', '@daily', 'k', priority => 70000", "priority is 70000; it must be 0 to 3");
    refused("'a', '@daily', 'k', max_attempts => 0", "max_attempts is 0; it must be 1 to 1000");
    refused("'a', '@daily', 'k', headers => '[]'", "headers are not an object but of type array");
    refused("'a', '@daily', 'k', headers => '{\"a\": 1}'", "headers have a value that is not a string");
    refused("'a', '@daily', 'k', headers => '{\"\": \"1\"}'", "headers have an empty name");
    refused("'a', '@daily', 'k', missed => 'twice'", "missed is 'twice'; it must be skip, once or all");
    refused("'a', '@daily', 'k', missed_limit => 1001", "missed_limit is 1001; it must be 1 to 1000");
    refused("'a', '@daily', 'k', missed => 'all', overlap => false", "overlap is false; choose one of them");
    refused("'a', '@daily', 'k', jitter => '-1 s'", "jitter is -00:00:01; it must be 0 to 1 day");
    CHECK_THROWS_WITH(db.query("select txq.add_sql_schedule('a', '@daily', null)"), Contains("command has 0 bytes"));
    CHECK_THROWS_WITH(db.query("select txq.run_schedule('a')"), Contains("txq.run_schedule: there is no schedule 'a'"));
    CHECK(db.number("select count(*) from txq.schedules") == 0);
}

TEST_CASE("the table refuses schedules that must not be") {
    database db{database::schema::queue};
    add(db);
    for (auto const* change :
         {"kind = 'txq.sql'", "command = 'select 1'", "overlap = false, missed = 'all'", "priority = 4",
          "jitter = '2 days'", "headers = '[]'", "missed = 'twice'", "since = 'infinity'", "file_set = ''"})
        CHECK_THROWS_AS(db.query("update txq.schedules set " + std::string{change}), pqxx::check_violation);
    CHECK_THROWS_AS(db.query("insert into txq.schedule_runs values ('a', now(), true, null)"), pqxx::check_violation);
}

TEST_CASE("a set of schedules becomes what it is said to be and touches nothing else") {
    database db{database::schema::queue};
    add(db);
    auto const put = [&](std::string const& set, std::string const& schedules) {
        return db.value("select coalesce(string_agg(schedule || ' ' || outcome, ', ' order by schedule), '') from "
                        "txq.put_schedule_set('" +
                        set + "', '" + schedules + "')");
    };
    auto const one = [](std::string const& name, std::string const& times) {
        return R"({"name": ")" + name + R"(", "times": ")" + times +
               R"(", "zone": "UTC", "kind": "k", "payload": {}, "queue": "default", "priority": 2, )"
               R"("max_attempts": 20, "missed": "once", "missed_limit": 1, "overlap": true, "jitter": "0 ms"})";
    };
    CHECK(put("shop", "[" + one("a", "@daily") + "," + one("b", "@daily") + "]") == "a added, b added");
    CHECK(put("shop", "[" + one("a", "@daily") + "," + one("b", "@daily") + "]").empty());
    CHECK(put("office", "[" + one("a", "@hourly") + "," + one("sync", "@daily") + "," + one("c", "@daily") + "]") ==
          "a taken, c added, sync taken");
    db.query("select txq.pause_schedule('a')");
    CHECK(put("shop", "[" + one("a", "@hourly") + "]") == "a changed, b removed");
    CHECK(db.value("select string_agg(concat_ws('/', name, times, file_set, paused_at is not null), ' ' order by name) "
                   "from txq.schedules") == "a/@hourly/shop/t c/@daily/office/f sync/every 5 minutes/f");
    CHECK_THROWS_WITH(db.query("select txq.add_schedule('a', '@daily', 'k')"),
                      Contains("there is one of that name from a worker's file, in the set shop"));
    CHECK(put("office", "[]") == "c removed");
}
