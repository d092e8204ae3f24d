#include <support/catch.hpp>
#include <support/database.hpp>

#include <txq/uuid.hpp>

using Catch::Matchers::Contains;
using txq::test::database;

namespace {

std::string const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

} // namespace

TEST_CASE("SQL enqueues with the defaults and returns the id") {
    database db{database::schema::outbox};
    auto const id = db.value(R"(select txq.enqueue('send_receipt', '{"order": 42}'))");
    CHECK(db.value("select row(id, operation_id, queue, kind, priority, max_attempts, run_at, payload, headers)::text "
                   "from txq.outbox") == "(" + id + R"(,,default,send_receipt,2,20,,"{""order"": 42}",))");
}

TEST_CASE("ids made in SQL are in time order and of version 7") {
    database outbox{database::schema::outbox};
    auto const made = outbox.value("select txq.uuid_v7()");
    auto const id = txq::uuid::parse(made);
    REQUIRE(id);
    CHECK(made[14] == '7');
    CHECK(std::string{"89ab"}.find(made[19]) != std::string::npos);
    auto const milliseconds = std::stoll(made.substr(0, 8) + made.substr(9, 4), nullptr, 16);
    auto const off = outbox.number("select extract(epoch from clock_timestamp()) * 1000") - milliseconds;
    CHECK(std::abs(off) < 60'000);
    CHECK(outbox.number("select count(distinct txq.uuid_v7()) from generate_series(1, 10000)") == 10'000);
}

TEST_CASE("a name is the operation id that its kind and it are hashed to") {
    database db{database::schema::outbox};
    CHECK(db.value("select txq.operation_id('bill', 'invoice 4711') = txq.operation_id('bill', 'invoice 4711')") ==
          "t");
    CHECK(db.value("select txq.operation_id('bill', 'x') = txq.operation_id('pay', 'x')") == "f");
    CHECK(db.value("select txq.operation_id('ab', 'c') = txq.operation_id('a', 'bc')") == "f");
    CHECK(db.value("select txq.operation_id('bill', '01A20139-498C-7C2B-8592-94B8C9CADE08')") ==
          "01a20139-498c-7c2b-8592-94b8c9cade08");
    CHECK(db.value("select txq.operation_id('bill', '{01a20139-498c-7c2b-8592-94b8c9cade08}')").substr(0, 2) == "ff");
    CHECK(db.value("select txq.operation_id('bill', null) is null") == "t");
}

TEST_CASE("a hashed operation id never changes because it is in people's tables") {
    database db{database::schema::outbox};
    CHECK(db.value("select txq.operation_id('bill', 'invoice 4711')") == "fff13167-410c-805f-809d-94c851b2202c");
}

TEST_CASE("what SQL may not enqueue is refused with the argument's name") {
    database db{database::schema::outbox};
    auto const refused = [&](std::string const& arguments) {
        try {
            db.query("select txq.enqueue(" + arguments + ")");
        } catch (pqxx::sql_error const& why) {
            CHECK(why.sqlstate() == "22023");
            return std::string{why.what()};
        }
        return std::string{"it was not refused"};
    };
    CHECK_THAT(refused("null, '{}'"), Contains("txq.enqueue: kind is empty"));
    CHECK_THAT(refused("'k', null"),
               Contains("txq.enqueue of k: payload is null; write '{}' for a job without arguments"));
    CHECK_THAT(refused("'k', '{}', queue => null"), Contains("txq.enqueue of k: queue is empty"));
    CHECK_THAT(refused("'k', '{}', priority => null"), Contains("priority is null; it must be 0 to 3"));
    CHECK_THAT(refused("'k', '{}', max_attempts => null"), Contains("max_attempts is null; it must be 1 to 1000"));
    CHECK_THAT(refused("'k', '{}', run_at => 'infinity'"), Contains("run_at must be a point in time"));
    CHECK_THAT(refused("'k', '{}', run_at => '-infinity'"), Contains("run_at must be a point in time"));
    CHECK_THAT(refused("'k', '{}', delay => '-1 microsecond'"), Contains("it must be 0 to 36500 days"));
    CHECK_THAT(refused("'k', '{}', delay => '1 day -25 hours'"), Contains("it must be 0 to 36500 days"));
    CHECK_THAT(refused("'k', '{}', operation_id => ''"), Contains("operation_id has 0 bytes; it must have 1 to 512"));
    CHECK_THAT(refused("'k', '{}', headers => '[]'"), Contains("headers are not an object but of type array"));
    CHECK_THAT(refused("'k', '{}', headers => 'null'"), Contains("headers are not an object but of type null"));
    CHECK_THAT(refused("'k', '{}', headers => '{\"a\": 1}'"), Contains("headers have a value that is not a string"));
    for (std::string const member : {"within_ms", "states", "on_conflict", "at_most_ms"})
        CHECK_THAT(refused("'k', '{}', unique_by => '{\"key\": \"a\", \"" + member + "\": null}'"),
                   Contains("unique: " + member + " is null; leave it out"));
    CHECK(db.value("select count(*) from txq.outbox") == "0");
}

TEST_CASE("the payload limit of SQL is a setting") {
    database db{database::schema::outbox};
    auto const enqueue = [&](std::string const& limit, int bytes) {
        db.query("set txq.payload_limit = '" + limit + "'");
        db.query("select txq.enqueue('k', to_jsonb(repeat('x', " + std::to_string(bytes - 2) + ")))");
    };
    CHECK_NOTHROW(enqueue("", 262'144));
    CHECK_THROWS_WITH(enqueue("", 262'145),
                      Contains("payload has 262145 bytes; the limit is 262144 (txq.payload_limit)"));
    CHECK_NOTHROW(enqueue("1000", 1'000));
    CHECK_THROWS_WITH(enqueue("1000", 1'001), Contains("payload has 1001 bytes; the limit is 1000"));
    CHECK_NOTHROW(enqueue("33554432", 33'554'432));
    CHECK_THROWS_WITH(enqueue("33554433", 10),
                      Contains("the setting txq.payload_limit is 33554433; it can be 33554432 at most"));
    CHECK_THROWS_WITH(enqueue("1MB", 10),
                      Contains("the setting txq.payload_limit is 1MB; it must be a number of bytes"));
    CHECK_THROWS_WITH(enqueue("-1", 10), Contains("it must be a number of bytes"));
    CHECK_THROWS_WITH(enqueue("99999999999999999999", 10), Contains("it must be a number of bytes"));
}

TEST_CASE("the trace of an SQL session is carried by its jobs unless they have one") {
    database db{database::schema::outbox};
    db.query("set txq.traceparent = '" + traceparent + "'");
    db.query("select txq.enqueue('a', '{}')");
    db.query(R"(select txq.enqueue('b', '{}', headers => '{"tenant": "acme"}'))");
    db.query(R"(select txq.enqueue('c', '{}', headers => '{"traceparent": "own"}'))");
    CHECK(db.value("select headers ->> 'traceparent' from txq.outbox where kind = 'a'") == traceparent);
    CHECK(db.value("select headers ->> 'traceparent' || (headers ->> 'tenant') from txq.outbox where kind = 'b'") ==
          traceparent + "acme");
    CHECK(db.value("select headers ->> 'traceparent' from txq.outbox where kind = 'c'") == "own");
}

TEST_CASE("what is not a traceparent is not carried by SQL either") {
    database db{database::schema::outbox};
    for (auto const& text :
         {std::string{"x"}, traceparent + "-more", "ff" + traceparent.substr(2), "0G" + traceparent.substr(2),
          std::string{"00-00000000000000000000000000000000-00f067aa0ba902b7-01"},
          std::string{"00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01"}}) {
        db.query("set txq.traceparent = '" + text + "'");
        db.query("select txq.enqueue('a', '{}')");
    }
    CHECK(db.value("select count(headers) from txq.outbox") == "0");
    CHECK(db.value("select count(*) from txq.outbox") == "6");
}

TEST_CASE("a trigger enqueues in the transaction of its statement") {
    database db{database::schema::outbox};
    db.query("create table orders (id bigint primary key, mail text)");
    db.query(
        "create function enqueue_receipt() returns trigger language plpgsql as $$ begin "
        "perform txq.enqueue('send_receipt', jsonb_build_object('order', new.id), operation_id => 'order ' || new.id); "
        "return null; end $$");
    db.query("create trigger enqueue_receipt after insert on orders for each row execute function enqueue_receipt()");
    db.query("insert into orders values (1, 'a'), (2, 'b')");
    db.query("begin; insert into orders values (3, 'c'); rollback");
    CHECK(db.value("select string_agg(payload ->> 'order', ',' order by seq) from txq.outbox") == "1,2");
}

TEST_CASE("an application's own statement inserts a job beside its rows") {
    database db{database::schema::outbox};
    db.query("create table orders (id bigint generated always as identity)");
    db.query("with placed as (insert into orders default values returning id) insert into txq.outbox (kind, payload) "
             "select 'send_receipt', jsonb_build_object('order', id) from placed");
    CHECK(db.value("select row(queue, kind, priority, max_attempts, run_at, payload, headers, rules)::text from "
                   "txq.outbox") == R"((default,send_receipt,2,20,,"{""order"": 1}",,))");
    CHECK(db.value("select substr(id::text, 15, 1) || (operation_id is null)::text from txq.outbox") == "7true");
}
