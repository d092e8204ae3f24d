#include <support/catch.hpp>
#include <support/command.hpp>

using namespace txq::test;
using Catch::Matchers::Contains;

namespace {

command add(database& db, std::vector<std::string> more = {}) {
    std::vector<std::string> all{"schedule",           "add", "report", "every day at 04:02", "monthly_report",
                                 R"({"region": "eu"})"};
    all.insert(all.end(), more.begin(), more.end());
    return run_txq(db, all);
}

} // namespace

TEST_CASE("a schedule is added and changed and left as it is from the command line") {
    database db;
    auto const added = add(db, {"--zone", "Europe/Berlin"});
    CHECK(added.status == 0);
    CHECK_THAT(added.out, Contains("report is added; next: 20") && Contains(" UTC, in "));
    CHECK(add(db, {"--zone", "Europe/Berlin"}).out.starts_with("report is what it was; next: "));
    auto const changed =
        add(db, {"--queue", "slow", "--priority", "0", "--max-attempts", "3", "--header", "tenant=acme", "--tenant",
                 "store 42", "--missed", "skip", "--no-overlap", "--jitter", "1min", "--json"});
    CHECK(changed.status == 0);
    auto const json = changed.json();
    CHECK(json["outcome"] == "changed");
    CHECK(json["tenant"] == "store 42");
    CHECK(json["next"].is_string());
    CHECK(db.value("select concat_ws('|', times, zone, kind, payload, queue, priority, max_attempts, headers, missed, "
                   "overlap, jitter) from txq.schedules") ==
          R"(every day at 04:02|UTC|monthly_report|{"region": "eu"}|slow|0|3|{"tenant": "acme"}|skip|f|00:01:00)");
    CHECK(run_txq(db, {"schedule", "add", "tidy", "@hourly", "--sql", "delete from carts"}).status == 0);
    CHECK(db.value("select command from txq.schedules where name = 'tidy'") == "delete from carts");
    CHECK(run_txq(db, {"schedule", "add", "piped", "@hourly", "import", "-"}, "[1, 2]").status == 0);
    CHECK(db.value("select payload from txq.schedules where name = 'piped'") == "[1, 2]");
}

TEST_CASE("what cannot be a schedule is wrong usage and points at the place") {
    database db;
    auto const refused = [&](std::vector<std::string> arguments, std::string const& why) {
        arguments.insert(arguments.begin(), {"schedule", "add"});
        auto const ended = run_txq(db, arguments);
        INFO(ended.err);
        CHECK(ended.status == 2);
        CHECK_THAT(ended.err, Contains(why));
    };
    refused({"a", "every day at 25:00", "k"}, "add_schedule of a: ");
    refused({"a", "@daily", "k", "{"}, "payload is not JSON");
    refused({"a", "@daily", "k", "--zone", "Europe/Berln"}, "Europe/Berln");
    refused({"a", "@daily"}, "either a KIND or --sql");
    refused({"a", "@daily", "k", "--sql", "select 1"}, "either a KIND or --sql");
    refused({"a", "@daily", "k", "--jitter", "7"}, "--jitter");
    refused({"a", "@daily", "k", "--missed", "twice"}, "--missed");
    refused({"a", "@daily", "k", "--missed", "all", "--no-overlap"}, "choose one of them");
    refused({"a", "@daily", "k", "--priority", "4"}, "priority is 4");
    refused({"a", "@daily", "k", "--tenant", ""}, "--tenant");
    refused({"", "@daily", "k"}, "name has 0 bytes");
    CHECK(db.number("select count(*) from txq.schedules") == 0);
}

TEST_CASE("schedules are listed with their next and last runs and what is wrong with them") {
    database db;
    CHECK(run_txq(db, {"schedule", "list"}).out == "no schedules\n");
    add(db);
    db.query(
        "select txq.add_schedule('bad', 'at times', 'k'), txq.add_schedule('paused', '@daily', 'k'), "
        "txq.pause_schedule('paused'), txq.run_schedule('report'), txq.add_schedule('huge', '@daily', 'k', '[1e400]')");
    auto const people = run_txq(db, {"schedule", "list"});
    CHECK(people.status == 0);
    CHECK_THAT(people.out, Contains("every day at 04:02") && Contains("monthly_report") && Contains(", ready") &&
                               Contains("paused") && Contains("! bad never runs: "));
    auto const all = run_txq(db, {"schedule", "list", "--json"}).json()["schedules"];
    REQUIRE(all.size() == 4);
    CHECK(all[0]["name"] == "bad");
    CHECK(all[0]["problem"].is_string());
    CHECK(all[0]["next"].is_null());
    CHECK(all[2]["paused_at"].is_string());
    CHECK(all[2]["next"].is_null());
    CHECK(all[3]["payload"]["region"] == "eu");
    CHECK(all[3]["last"]["state"] == "ready");
    CHECK(all[3]["last"]["by_hand"] == true);
    CHECK(run_txq(db, {"schedule", "list", "report", "--json"}).json()["schedules"].size() == 1);
    auto const one_of_two = run_txq(db, {"schedule", "list", "other", "report"});
    CHECK(one_of_two.status == 5);
    CHECK(one_of_two.err == "txq: there is no schedule other\n");
    CHECK_THAT(one_of_two.out, Contains("report"));
}

TEST_CASE("a page of schedules says how to see the next one") {
    database db;
    for (auto const* name : {"a", "b''s", "c"})
        db.query("select txq.add_schedule('" + std::string{name} + "', '@daily', 'k')");
    auto const first = run_txq(db, {"schedule", "list", "--limit", "2"});
    CHECK_THAT(first.out, Contains("more: txq schedule list --limit 2 --after 'b'\\''s' --database "));
    CHECK(run_txq(db, {"schedule", "list", "--limit", "2", "--json"}).json()["next"] == "b's");
    auto const second = run_txq(db, {"schedule", "list", "--limit", "2", "--after", "b's", "--json"}).json();
    CHECK(second["schedules"].size() == 1);
    CHECK(second["schedules"][0]["name"] == "c");
    CHECK(second["next"].is_null());
}

TEST_CASE("a schedule is paused and resumed and run and removed from the command line") {
    database db;
    add(db);
    CHECK(run_txq(db, {"schedule", "pause", "report"}).out == "report is paused\n");
    CHECK_THAT(add(db, {"--queue", "slow"}).out, Contains("it is paused, to go on: txq schedule resume report"));
    CHECK_THAT(run_txq(db, {"schedule", "run", "report"}).out, Contains("report is run by job "));
    CHECK(run_txq(db, {"schedule", "resume", "report"}).out.starts_with("report is resumed; next: "));
    db.query("update txq.schedules set file_set = 'shop'");
    CHECK(add(db).status == 5);
    CHECK_THAT(run_txq(db, {"schedule", "remove", "report"}).out, Contains("report is removed; a program whose file"));
    CHECK(db.number("select count(*) from txq.schedules") == 0);
    CHECK(db.number("select count(*) from txq.jobs") == 1);
}

TEST_CASE("a schedule that is not there is exit status 5 and the others are changed all the same") {
    database db;
    add(db);
    for (auto const* what : {"pause", "resume", "run", "remove"}) {
        auto const ended = run_txq(db, {"schedule", what, "other", "report"});
        CHECK(ended.status == 5);
        CHECK_THAT(ended.err, Contains("there is no schedule"));
        CHECK_THAT(ended.out, Contains("report is "));
    }
    CHECK(run_txq(db, {"schedule", "add", "again", "@hourly", "report"}).status == 0);
    auto const run = run_txq(db, {"schedule", "run", "other", "again", "--json"}).json()["schedules"];
    CHECK(run[0]["done"] == false);
    CHECK(run[0]["problem"] == "txq.run_schedule: there is no schedule 'other'");
    CHECK(run[1]["done"] == true);
    CHECK(run[1]["job"] == db.value("select job_id from txq.schedule_runs where schedule = 'again'"));
    auto const json = run_txq(db, {"schedule", "pause", "other", "--json"});
    CHECK(json.status == 5);
    CHECK(json.json()["schedules"][0]["done"] == false);
}

TEST_CASE("a run that would overlap is exit status 5") {
    database db;
    add(db, {"--no-overlap"});
    CHECK(run_txq(db, {"schedule", "run", "report"}).status == 0);
    auto const again = run_txq(db, {"schedule", "run", "report"});
    CHECK(again.status == 5);
    CHECK_THAT(again.err, Contains("is not over"));
}

TEST_CASE("a schema without schedules is exit status 3") {
    database db;
    db.query("drop table txq.schedule_runs");
    auto const ended = run_txq(db, {"schedule", "list"});
    CHECK(ended.status == 3);
    CHECK_THAT(ended.err, Contains("has no schedules yet; run: txq migrate --side queue"));
    CHECK(run_txq(db, {"status"}).status == 0);
}

TEST_CASE("status names schedules that never run and those that are overdue") {
    database db;
    db.query("select txq.add_schedule('bad', 'at times', 'k'), txq.add_schedule('late', 'every hour', 'k'), "
             "txq.add_schedule('skips', 'every hour', 'k', missed => 'skip')");
    CHECK(run_txq(db, {"status", "--json"}).json()["schedules_in_trouble"].size() == 1);
    db.query("update txq.schedules set since = now() - interval '1 day'");
    auto const people = run_txq(db, {"status"});
    CHECK_THAT(people.out, Contains("! schedule bad never runs: ") && Contains("! schedule late is overdue by "));
    CHECK(run_txq(db, {"status", "--json"}).json()["schedules_in_trouble"].size() == 2);
}
