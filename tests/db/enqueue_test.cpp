#include <support/catch.hpp>
#include <support/database.hpp>

#include <algorithm>
#include <list>

#include <txq/enqueue.hpp>
#include <txq/trace.hpp>

using txq::test::database;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

struct send_receipt {
    static constexpr std::string_view kind = "send_receipt";
    std::int64_t order;
};
void to_json(nlohmann::json& json, send_receipt const& args) { json = {{"order", args.order}}; }

std::string const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// A connection as an application has it.
struct shop {
    database db{database::schema::outbox};
    pqxx::connection connection{db.url()};

    long long jobs() { return db.number("select count(*) from txq.outbox"); }
};

} // namespace

TEST_CASE("a struct becomes a job with its kind and the defaults") {
    shop shop;
    pqxx::work tx{shop.connection};
    auto const id = txq::enqueue(tx, send_receipt{42}).str();
    tx.commit();
    CHECK(shop.db.value(
              "select row(id, operation_id, queue, kind, priority, max_attempts, run_at, payload, headers)::text "
              "from txq.outbox") == "(" + id + R"(,,default,send_receipt,2,20,,"{""order"": 42}",))");
}

TEST_CASE("every option arrives in the job") {
    shop shop;
    pqxx::work tx{shop.connection};
    txq::enqueue(tx, "resize", R"({"width": 640})",
                 {.queue = "images",
                  .priority = 0,
                  .run_at = std::chrono::sys_days{std::chrono::year{2031} / 2 / 28} + 9h + 5us,
                  .max_attempts = 8,
                  .operation_id = "01A20139-498c-7c2b-8592-94b8c9cade08",
                  .headers = {{"tenant", "acme"}}});
    tx.commit();
    CHECK(
        shop.db.value(
            "select row(operation_id, queue, kind, priority, max_attempts, run_at at time zone 'UTC', payload, "
            "headers)::text from txq.outbox") ==
        R"((01a20139-498c-7c2b-8592-94b8c9cade08,images,resize,0,8,"2031-02-28 09:00:00.000005","{""width"": 640}","{""tenant"": ""acme""}"))");
}

TEST_CASE("a delay counts from the enqueue by the database's clock") {
    shop shop;
    pqxx::work tx{shop.connection};
    txq::enqueue(tx, send_receipt{1}, {.delay = 90s});
    tx.commit();
    CHECK(shop.db.value(
              "select run_at - enqueued_at between interval '89 seconds' and interval '91 seconds' from txq.outbox") ==
          "t");
}

TEMPLATE_TEST_CASE("a job is enqueued in any class of transaction", "", pqxx::work, pqxx::nontransaction,
                   pqxx::robusttransaction<>, pqxx::transaction<pqxx::isolation_level::serializable>) {
    shop shop;
    TestType tx{shop.connection};
    txq::enqueue(tx, send_receipt{1});
    txq::enqueue_many(tx, std::vector{send_receipt{2}, send_receipt{3}});
    tx.commit();
    CHECK(shop.jobs() == 3);
}

TEST_CASE("a transaction that is not committed leaves no job") {
    shop shop;
    {
        pqxx::work tx{shop.connection};
        txq::enqueue(tx, send_receipt{1});
        txq::enqueue_many(tx, std::vector{send_receipt{2}, send_receipt{3}});
        CHECK(tx.exec("select count(*) from txq.outbox")[0][0].as<int>() == 3);
    }
    CHECK(shop.jobs() == 0);
}

TEST_CASE("a savepoint that is rolled back leaves no job and the others stay") {
    shop shop;
    pqxx::work tx{shop.connection};
    txq::enqueue(tx, send_receipt{1});
    {
        pqxx::subtransaction dropped{tx, "dropped"};
        txq::enqueue(dropped, send_receipt{2});
    }
    {
        pqxx::subtransaction kept{tx, "kept"};
        txq::enqueue(kept, send_receipt{3});
        kept.commit();
    }
    tx.commit();
    CHECK(shop.db.value("select string_agg(payload ->> 'order', ',' order by seq) from txq.outbox") == "1,3");
}

TEST_CASE("many jobs keep their order and rise in their ids") {
    shop shop;
    std::vector<send_receipt> receipts;
    for (int i = 0; i < 1'000; ++i) receipts.push_back({i});
    pqxx::work tx{shop.connection};
    auto const ids = txq::enqueue_many(tx, receipts, {.queue = "mail"});
    tx.commit();
    REQUIRE(ids.size() == 1'000);
    CHECK(std::is_sorted(ids.begin(), ids.end()));
    CHECK(shop.db.value("select bool_and(place = (payload ->> 'order')::integer + 1 and queue = 'mail' and "
                        "operation_id is null) from "
                        "(select *, row_number() over (order by seq) as place from txq.outbox) as job") == "t");
    CHECK(shop.db.value("select id::text from txq.outbox where payload @> '{\"order\": 7}'") == ids[7].str());
}

TEST_CASE("many jobs can come from any range") {
    shop shop;
    pqxx::work tx{shop.connection};
    send_receipt const array[]{{1}, {2}};
    txq::enqueue_many(tx, array);
    txq::enqueue_many(tx, std::list<send_receipt>{{3}});
    tx.commit();
    CHECK(shop.db.value("select string_agg(payload ->> 'order', ',' order by seq) from txq.outbox") == "1,2,3");
}

TEST_CASE("many jobs have operation ids of their own or none") {
    shop shop;
    std::vector<txq::new_job> const jobs{{.payload = "1", .operation_id = "invoice \"4711\" \\ {}, null"},
                                         {.payload = "2"},
                                         {.payload = "3", .operation_id = "null"}};
    pqxx::work tx{shop.connection};
    txq::enqueue_many(tx, "bill", jobs);
    tx.commit();
    CHECK(shop.db.value(
              "select operation_id = txq.operation_id('bill', 'invoice \"4711\" \\ {}, null') from txq.outbox where "
              "payload = '1'") == "t");
    CHECK(shop.db.value("select operation_id is null from txq.outbox where payload = '2'") == "t");
    CHECK(shop.db.value("select operation_id = txq.operation_id('bill', 'null') from txq.outbox where payload = '3'") ==
          "t");
}

TEST_CASE("one bad job among many is named and none is enqueued") {
    shop shop;
    std::vector<txq::new_job> const jobs{{.payload = "{}"}, {.payload = "{"}, {.payload = "{}"}};
    pqxx::work tx{shop.connection};
    CHECK_THROWS_WITH(
        txq::enqueue_many(tx, "bill", jobs),
        "enqueue_many of bill: job 2 of 3: payload is not JSON that jsonb can hold: a key, which is a string, is "
        "missing, at byte 2");
    tx.commit();
    CHECK(shop.jobs() == 0);
}

TEST_CASE("no jobs are enqueued without a statement") {
    shop shop;
    pqxx::work tx{shop.connection};
    CHECK_THROWS_AS(tx.exec("select 1 / 0"), pqxx::sql_error); // nothing can be run in this transaction any more
    CHECK(txq::enqueue_many(tx, std::vector<send_receipt>{}).empty());
    CHECK_THROWS_AS(txq::enqueue_many(tx, std::vector<send_receipt>{}, {.priority = 9}), txq::error);
}

TEST_CASE("one operation id for many jobs is refused") {
    shop shop;
    pqxx::work tx{shop.connection};
    CHECK_THROWS_WITH(
        txq::enqueue_many(tx, std::vector{send_receipt{1}}, {.operation_id = "x"}),
        "enqueue_many of send_receipt: operation_id is given for all jobs at once; give each job its own");
}

TEST_CASE("a transaction is usable after every refusal") {
    shop shop;
    pqxx::work tx{shop.connection};
    txq::enqueue(tx, "before", "{}");
    auto const refused = [&](txq::errc code, std::string const& kind, std::string const& payload,
                             txq::enqueue_options const& options = {}) {
        INFO(kind << " " << payload);
        try {
            txq::enqueue(tx, kind, payload, options);
            FAIL_CHECK("was not refused");
        } catch (txq::error const& why) { CHECK(std::string{name(why.code())} == name(code)); }
        CHECK(tx.exec("select count(*) from txq.outbox")[0][0].as<int>() == 1);
    };
    refused(txq::errc::bad_kind, "", "{}");
    refused(txq::errc::bad_kind, std::string(129, 'k'), "{}");
    refused(txq::errc::bad_kind, "a\0b"s, "{}");
    refused(txq::errc::bad_kind, "\xff", "{}");
    refused(txq::errc::bad_queue, "kind", "{}", {.queue = ""});
    refused(txq::errc::bad_queue, "kind", "{}", {.queue = std::string(129, 'q')});
    refused(txq::errc::bad_queue, "kind", "{}", {.queue = "a\0b"s});
    refused(txq::errc::bad_queue, "kind", "{}", {.queue = "\xff"});
    refused(txq::errc::bad_payload, "kind", "");
    refused(txq::errc::bad_payload, "kind", "nonsense");
    refused(txq::errc::bad_payload, "kind", "{}\0"s);
    refused(txq::errc::bad_payload, "kind", R"("\u0000")");
    refused(txq::errc::bad_payload, "kind", R"({"\u0000": 1})");
    refused(txq::errc::bad_payload, "kind", R"("\ud800")");
    refused(txq::errc::bad_payload, "kind", "\"\xff\"");
    refused(txq::errc::bad_payload, "kind", "1e131072");
    refused(txq::errc::bad_payload, "kind", std::string(100'000, '['));
    refused(txq::errc::bad_payload, "kind", '"' + std::string(262'143, 'x') + '"');
    refused(txq::errc::bad_payload, "kind", "{}", {.payload_limit = 1});
    refused(txq::errc::bad_priority, "kind", "{}", {.priority = 4});
    refused(txq::errc::bad_time, "kind", "{}", {.delay = -1ms});
    refused(txq::errc::bad_time, "kind", "{}", {.delay = 1ms, .run_at = std::chrono::system_clock::now()});
    refused(txq::errc::bad_time, "kind", "{}", {.run_at = std::chrono::system_clock::time_point::max()});
    refused(txq::errc::bad_max_attempts, "kind", "{}", {.max_attempts = 0});
    refused(txq::errc::bad_operation_id, "kind", "{}", {.operation_id = std::string(513, 'o')});
    refused(txq::errc::bad_operation_id, "kind", "{}", {.operation_id = "a\0b"s});
    refused(txq::errc::bad_headers, "kind", "{}", {.headers = {{"", "x"}}});
    refused(txq::errc::bad_headers, "kind", "{}", {.headers = {{"a", "\xff"}}});
    refused(txq::errc::bad_headers, "kind", "{}", {.headers = {{"a", std::string(16'385, 'x')}}});
    txq::enqueue(tx, "after", "{}");
    tx.commit();
    CHECK(shop.db.value("select string_agg(kind, ',' order by seq) from txq.outbox") == "before,after");
}

TEST_CASE("text beyond ASCII arrives as it was given") {
    shop shop;
    auto const text = "caf\u00e9 \u20ac \U0001f600 ' \\ \"";
    pqxx::work tx{shop.connection};
    txq::enqueue(tx, text, nlohmann::json(text).dump(),
                 {.queue = text, .operation_id = text, .headers = {{text, text}}});
    tx.commit();
    CHECK(shop.db.value("select kind from txq.outbox") == text);
    CHECK(shop.db.value(
              "select queue = kind and payload = to_jsonb(kind) and headers = jsonb_build_object(kind, kind) and "
              "operation_id = txq.operation_id(kind, kind) from txq.outbox") == "t");
}

TEST_CASE("the trace of the thread is carried by its jobs") {
    shop shop;
    pqxx::work tx{shop.connection};
    {
        txq::trace_scope const scope{traceparent};
        txq::enqueue(tx, send_receipt{1});
        txq::enqueue_many(tx, std::vector{send_receipt{2}}, {.headers = {{"tenant", "acme"}}});
    }
    txq::enqueue(tx, send_receipt{3});
    tx.commit();
    CHECK(shop.db.value(
              "select string_agg(coalesce(headers ->> 'traceparent', 'none'), ' ' order by seq) from txq.outbox") ==
          traceparent + " " + traceparent + " none");
    CHECK(shop.db.value("select count(*) from txq.outbox where headers ->> 'tenant' = 'acme'") == "1");
}

TEST_CASE("what the database itself refuses passes through as libpqxx's exception") {
    database db{database::schema::outbox};
    pqxx::connection connection{db.url()};
    pqxx::work tx{connection};
    tx.exec("set transaction read only");
    CHECK_THROWS_AS(txq::enqueue(tx, send_receipt{1}), pqxx::sql_error);
}
