#include <support/catch.hpp>
#include <support/command.hpp>
#include <support/database.hpp>

using namespace txq::test;
using Catch::Matchers::Contains;

TEST_CASE("limits are set and listed and removed") {
    database db;
    CHECK(run_txq(db, {"limits", "list"}).out == "there are no limits\n");
    CHECK(run_txq(db, {"limits", "set", "queue", "mail", "--max-running", "10"}).out ==
          "the limit of the queue mail is added, and obeyed within two seconds\n");
    CHECK(run_txq(db, {"limits", "set", "queue", "mail", "--max-running", "10"}).out ==
          "the limit of the queue mail is as before\n");
    run_txq(db, {"limits", "set", "kind", "render", "--max-running", "2"});
    db.query("insert into txq.workers (name, lease, queues, kinds) values ('host:1', '4 seconds', '{mail}', '{test}')");
    db.query(
        "insert into txq.limit_grants select one.id, worker.id, 8, 6 from txq.limits as one, txq.workers as worker "
        "where one.scope = 'queue'");

    auto const listed = run_txq(db, {"limits", "list"});
    auto const json = run_txq(db, {"limits", "list", "--json"}).json();
    auto const removed = run_txq(db, {"limits", "remove", "queue", "mail"});
    auto const again = run_txq(db, {"limits", "remove", "queue", "mail"});

    CHECK(listed.status == 0);
    CHECK_THAT(listed.out, Contains("queue     mail"));
    CHECK_THAT(listed.out, Contains("kind      render"));
    CHECK(json["limits"][0] == nlohmann::json{{"scope", "queue"},
                                              {"name", "mail"},
                                              {"each", nullptr},
                                              {"max_running", 10},
                                              {"starts", nullptr},
                                              {"period_ms", nullptr},
                                              {"burst", nullptr},
                                              {"cost", nullptr},
                                              {"slots_held", 6},
                                              {"workers", 1},
                                              {"short_of_slots", 1},
                                              {"keys", 0},
                                              {"parked", 0}});
    CHECK(run_txq(db, {"limits", "set", "kind", "call", "--starts", "100", "--per", "1min", "--burst", "7"}).status ==
          0);
    CHECK_THAT(run_txq(db, {"limits", "list"}).out, Contains("100 per 1min, 7 at once"));
    CHECK(removed.out == "the limit of the queue mail is removed\n");
    CHECK(again.status == 5);
    CHECK_THAT(again.err, Contains("there is no limit of the queue mail"));
}

TEST_CASE("a limit for each key is set and listed and removed beside that for all") {
    database db;
    run_txq(db, {"limits", "set", "kind", "call", "--max-running", "10"});
    CHECK(run_txq(db, {"limits", "set", "kind", "call", "--each", "payload.host", "--max-running", "2", "--cost",
                       "payload.pages"})
              .out == "the limit of the kind call for each payload.host is added, and obeyed within two seconds\n");
    auto const listed = run_txq(db, {"limits", "list"});
    auto const json = run_txq(db, {"limits", "list", "--json"}).json();
    auto const removed = run_txq(db, {"limits", "remove", "kind", "call", "--each", "payload.host"});

    CHECK_THAT(listed.out, Contains("payload.host"));
    CHECK(json["limits"][1]["each"] == "payload.host");
    CHECK(json["limits"][1]["cost"] == "payload.pages");
    CHECK(json["limits"][1]["max_running"] == 2);
    CHECK(removed.out == "the limit of the kind call for each payload.host is removed\n");
    CHECK(db.value("select string_agg(name || each, ',') from txq.limits") == "call");
}

TEST_CASE("a limit that cannot be meant is a usage error") {
    database db;
    CHECK(run_txq(db, {"limits", "set", "tenant", "a", "--max-running", "1"}).status == 2);
    CHECK(run_txq(db, {"limits", "set", "queue", "a", "--max-running", "-1"}).status == 2);
    CHECK(run_txq(db, {"limits", "set", "queue", "a"}).status == 2);
    CHECK(run_txq(db, {"limits", "set", "queue", "a", "--per", "1min"}).status == 2);
    CHECK(run_txq(db, {"limits", "set", "queue", "a", "--starts", "1", "--per", "soon"}).status == 2);
    CHECK(run_txq(db, {"limits", "set", "queue", "a", "--starts", "1", "--per", ""}).status == 2);
    CHECK(run_txq(db, {"limits", "remove", "queue", "a", "--each", ""}).status == 2);
    auto const each = run_txq(db, {"limits", "set", "queue", "a", "--starts", "1", "--each", "host"});
    CHECK(each.status == 2);
    CHECK_THAT(each.err, Contains("each is 'host'; it must be tenant, or payload. and the name of a field"));
    auto const burst = run_txq(db, {"limits", "set", "queue", "a", "--starts", "100", "--burst", "1"});
    CHECK(burst.status == 2);
    CHECK_THAT(burst.err, Contains("burst is 1; it must be 20 to 1000000"));
    CHECK(db.number("select count(*) from txq.limits") == 0);
    auto const complaint = [&](std::vector<std::string> const& settings) {
        std::vector<std::string> all{"limits", "set", "queue", "mail"};
        all.insert(all.end(), settings.begin(), settings.end());
        auto const refused = run_txq(db, all);
        CHECK(refused.status == 2);
        return refused.err;
    };
    CHECK(complaint({}) == "txq: nothing is limited: give --max-running or --starts\n");
    CHECK(complaint({"--max-running", "1", "--burst", "1"}) == "txq: --per and --burst are nothing without --starts\n");
    CHECK(complaint({"--starts", "1", "--per", "500ms"}) == "txq: --per is 500ms; it must be a second to a day\n");
    CHECK_THAT(complaint({"--starts", "100", "--burst", "5"}), Contains("--burst is 5; it must be 20 to 1000000"));
    CHECK_THAT(complaint({"--max-running", "1", "--each", "host"}), Contains("--each is 'host'"));
    CHECK_THAT(run_txq(db, {"limits", "set", "queue", "\xff", "--max-running", "1"}).err, Contains("is UTF-8"));
}

TEST_CASE("a database without limits is told from one that has none") {
    database db;
    db.query("drop table txq.limit_grants, txq.limit_buckets, txq.limits, txq.limit_keys cascade");
    auto const listed = run_txq(db, {"limits", "list"});
    CHECK(listed.status == 3);
    CHECK_THAT(listed.err, Contains("has no limits yet; run: txq migrate --side queue"));
}
