#include <support/catch.hpp>
#include <support/command.hpp>

using namespace txq::test;
using Catch::Matchers::Contains;

TEST_CASE("enqueue prints the id of the job that is in the outbox then") {
    database db;
    auto const people =
        run_txq(db, {"enqueue", "send_receipt", R"({"order": 42})", "--queue", "mail", "--priority", "0",
                     "--max-attempts", "3", "--operation-id", "receipt 42", "--header", "a=b", "--header", "empty="});
    CHECK(people.status == 0);
    CHECK(people.out == db.value("select id from txq.outbox") + "\n");
    CHECK(db.value(
              "select concat_ws(' ', queue, kind, priority, max_attempts, run_at, payload, headers) from txq.outbox") ==
          R"(mail send_receipt 0 3 {"order": 42} {"a": "b", "empty": ""})");
    CHECK(db.value("select operation_id = txq.operation_id('send_receipt', 'receipt 42') from txq.outbox") == "t");
}

TEST_CASE("enqueue has the library's defaults") {
    database db;
    auto const programs = run_txq(db, {"enqueue", "nightly", "--json"});
    CHECK(programs.json()["id"] == db.value("select id from txq.outbox"));
    CHECK(db.value("select concat_ws(' ', queue, priority, max_attempts, run_at, payload, headers) from txq.outbox") ==
          "default 2 20 {}");
}

TEST_CASE("a job may be named like a command") {
    database db;
    CHECK(run_txq(db, {"enqueue", "status"}).status == 0);
    CHECK(db.value("select kind from txq.outbox") == "status");
}

TEST_CASE("the payload is read from standard input") {
    database db;
    CHECK(run_txq(db, {"enqueue", "import", "-"}, "{\"rows\":\n [1, 2]}\n").status == 0);
    CHECK(db.value("select payload from txq.outbox") == R"({"rows": [1, 2]})");
}

TEST_CASE("payloads that look like options or lists or strings arrive as they are") {
    database db;
    CHECK(run_txq(db, {"enqueue", "a", "[1, 2]"}).status == 0);
    CHECK(run_txq(db, {"enqueue", "a", R"("text")"}).status == 0);
    CHECK(run_txq(db, {"enqueue", "--", "a", "-5"}).status == 0);
    CHECK(db.value("select string_agg(payload::text, ' ' order by seq) from txq.outbox") == R"([1, 2] "text" -5)");
}

TEST_CASE("enqueue takes a delay or a point in time") {
    database db;
    CHECK(run_txq(db, {"enqueue", "a", "--delay", "5min"}).status == 0);
    CHECK(db.value("select run_at - enqueued_at between '4 minutes 59 seconds' and '5 minutes' from txq.outbox") ==
          "t");
    db.query("truncate txq.outbox");
    CHECK(run_txq(db, {"enqueue", "a", "--run-at", "2030-01-31 09:05:00+01"}).status == 0);
    CHECK(db.value("select run_at = '2030-01-31 08:05:00+00' from txq.outbox") == "t");
    db.query("truncate txq.outbox");
    CHECK(run_txq(db, {"enqueue", "a", "--run-at", "2030-01-31 09:05"}).status == 0);
    CHECK(db.value("select run_at = '2030-01-31 09:05:00+00' from txq.outbox") == "t");
}

TEST_CASE("what cannot be enqueued is refused with exit status 2") {
    database db;
    for (std::vector<std::string> const& bad : {std::vector<std::string>{""},
                                                {"a", "{"},
                                                {"a", ""},
                                                {"a", "{}", "--priority", "4"},
                                                {"a", "{}", "--max-attempts", "0"},
                                                {"a", "{}", "--queue", ""},
                                                {"a", "{}", "--run-at", "someday"},
                                                {"a", "{}", "--run-at", "infinity"},
                                                {"a", "{}", "--header", "=b"},
                                                {"a", "{}", "--header", "b=1", "--header", "b=2"},
                                                {"a", "{}", "--header", "traceparent=bad"},
                                                {"a", "{}", "--operation-id", ""},
                                                {"a", "{}", "--payload-limit", "33MiB"},
                                                {std::string(129, 'k')}}) {
        std::vector<std::string> arguments{"enqueue"};
        arguments.insert(arguments.end(), bad.begin(), bad.end());
        auto const ended = run_txq(db, arguments);
        INFO(ended.err);
        CHECK(ended.status == 2);
        CHECK(ended.out.empty());
        CHECK(!ended.err.empty());
    }
    CHECK(db.number("select count(*) from txq.outbox") == 0);
}

TEST_CASE("a payload may be larger where its limit is raised and the message says how") {
    database db;
    auto const large = '"' + std::string(300'000, 'x') + '"';
    auto const refused = run_txq(db, {"enqueue", "import", "-"}, large);
    CHECK(refused.status == 2);
    CHECK_THAT(refused.err, Contains("300002 bytes") && Contains("(--payload-limit)"));
    CHECK(run_txq(db, {"enqueue", "import", "-", "--payload-limit", "1MiB"}, large).status == 0);
}

TEST_CASE("a traceparent as the W3C has it is a header like others") {
    database db;
    auto const traceparent = std::string{"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"};
    CHECK(run_txq(db, {"enqueue", "a", "{}", "--header", "traceparent=" + traceparent}).status == 0);
    CHECK(db.value("select headers ->> 'traceparent' from txq.outbox") == traceparent);
}
