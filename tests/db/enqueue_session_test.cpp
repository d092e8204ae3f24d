// The application's connection is its own: whatever it has set there, a job arrives as it was meant, or is refused.

#include <support/catch.hpp>
#include <support/database.hpp>

#include <txq/detail/connection_info.hpp>
#include <txq/detail/embedded.hpp>
#include <txq/embedded_migrations.hpp>
#include <txq/enqueue.hpp>

using Catch::Matchers::Contains;
using txq::test::database;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

void run(pqxx::connection& connection, std::string const& sql) { pqxx::nontransaction{connection}.exec(sql); }

/// A role of this test's own, which is gone with it.
class role {
  public:
    explicit role(database& db) : db_{db}, name_{db.name() + "_shop"} { db.query("create role " + name_ + " login"); }
    ~role() {
        db_.query("drop owned by " + name_);
        db_.query("drop role " + name_);
    }
    std::string const& name() const { return name_; }

  private:
    database& db_;
    std::string name_;
};

} // namespace

TEST_CASE("a job is enqueued the same under hostile settings") {
    auto const* setting =
        GENERATE("search_path = ''", "search_path = evil, public, pg_catalog", "standard_conforming_strings = off",
                 "DateStyle = 'SQL, DMY'", "TimeZone = 'Asia/Kathmandu'", "IntervalStyle = iso_8601",
                 "array_nulls = off", "bytea_output = escape", "transform_null_equals = on",
                 "plan_cache_mode = force_generic_plan", "extra_float_digits = -15", "max_stack_depth = '100kB'",
                 "client_encoding = SQL_ASCII", "txq.payload_limit = nonsense");
    INFO(setting);
    database db{database::schema::outbox};
    db.query("create schema evil");
    db.query("create function evil.clock_timestamp() returns timestamptz language sql as 'select timestamptz "
             "''1999-01-01Z'''");
    db.query("create function evil.wrong(text, text) returns boolean language sql as 'select true'");
    db.query("create operator evil.= (leftarg = text, rightarg = text, function = evil.wrong)");
    db.query("create operator evil.<> (leftarg = text, rightarg = text, function = evil.wrong)");
    db.query(
        "create domain evil.uuid as integer; create domain evil.jsonb as integer; create domain evil.text as integer");
    pqxx::connection connection{db.url()};
    run(connection, "set " + std::string{setting});

    auto const when = std::chrono::sys_days{std::chrono::year{2031} / 3 / 4} + 5h + 6min + 7s + 89us;
    std::vector<txq::new_job> const jobs{{.payload = R"({"a": "\\ ' \u00e9"})"},
                                         {.payload = "2", .operation_id = "null"}};
    pqxx::work tx{connection};
    txq::enqueue(tx, "caf\u00e9", "{\"a\": \"\\\\ ' \u20ac\"}",
                 {.run_at = when, .operation_id = "it's \\ \"one\"", .headers = {{"\u00e9", "\\"}}});
    txq::enqueue_many(tx, "later", jobs, {.delay = 1h});
    tx.commit();

    CHECK(db.value("select row(kind, payload, run_at at time zone 'UTC', headers)::text from txq.outbox where kind "
                   "like 'caf%'") == "(caf\u00e9,\"{\"\"a\"\": \"\"\\\\\\\\ ' \u20ac\"\"}\",\"2031-03-04 "
                                     "05:06:07.000089\",\"{\"\"\u00e9\"\": \"\"\\\\\\\\\"\"}\")");
    CHECK(db.value("select operation_id = txq.operation_id(kind, 'it''s \\ \"one\"') from txq.outbox where kind like "
                   "'caf%'") == "t");
    CHECK(db.value("select string_agg((case when operation_id is null then 'own' when operation_id = "
                   "txq.operation_id(kind, 'null') "
                   "then 'named' end) || (run_at > now() + interval '59 minutes'), ',' order by seq) from txq.outbox "
                   "where kind = "
                   "'later'") == "owntrue,namedtrue");
    CHECK(db.value("select payload ->> 'a' from txq.outbox where payload ? 'a' and kind = 'later'") == "\\ ' \u00e9");
}

TEST_CASE("payload and headers beyond ASCII arrive under any client encoding") {
    auto const* encoding = GENERATE("LATIN1", "SJIS", "WIN1252", "BIG5");
    database db{database::schema::outbox};
    pqxx::connection connection{db.url()};
    run(connection, "set client_encoding = " + std::string{encoding});
    auto const text = "caf\u00e9 \u20ac \U0001f600";
    std::vector<txq::new_job> const jobs{{.payload = nlohmann::json(text).dump()}};
    pqxx::work tx{connection};
    txq::enqueue(tx, "one", jobs[0].payload, {.headers = {{text, text}}});
    txq::enqueue_many(tx, "many", jobs);
    tx.commit();
    CHECK(db.value("select string_agg(payload #>> '{}', ',') from txq.outbox") == text + ","s + text);
    CHECK(db.value("select key || value from txq.outbox, jsonb_each_text(headers)") == text + ""s + text);
}

TEST_CASE("a name beyond ASCII is refused where it would arrive as another") {
    database db{database::schema::outbox};
    pqxx::connection connection{db.url()};
    run(connection, "set client_encoding = LATIN1");
    pqxx::work tx{connection};
    auto const refusal =
        Contains("has characters beyond ASCII, and this connection's client_encoding is LATIN1; set it to UTF8");
    std::vector<txq::new_job> const named{{.payload = "{}", .operation_id = "\u00e9"}};
    CHECK_THROWS_WITH(txq::enqueue(tx, "caf\u00e9", "{}"), Contains("enqueue: kind") && refusal);
    CHECK_THROWS_WITH(txq::enqueue(tx, "k", "{}", {.queue = "\u00e9"}), Contains("enqueue of k: queue") && refusal);
    CHECK_THROWS_WITH(txq::enqueue(tx, "k", "{}", {.operation_id = "\u00e9"}),
                      Contains("enqueue of k: operation_id") && refusal);
    CHECK_THROWS_WITH(txq::enqueue_many(tx, "k", named),
                      Contains("enqueue_many of k: job 1 of 1: operation_id") && refusal);
    CHECK_NOTHROW(txq::enqueue(tx, "k", "{}"));
}

TEST_CASE("the SQL function does not depend on the session either") {
    auto const* setting =
        GENERATE("search_path = ''", "search_path = evil, pg_catalog", "standard_conforming_strings = off",
                 "DateStyle = 'SQL, DMY'", "IntervalStyle = sql_standard", "bytea_output = escape",
                 "TimeZone = 'Asia/Kathmandu'", "max_stack_depth = '100kB'");
    INFO(setting);
    database db{database::schema::outbox};
    db.query("create schema evil");
    db.query("create function evil.clock_timestamp() returns timestamptz language sql as 'select timestamptz "
             "''1999-01-01Z'''");
    db.query("create function evil.octet_length(text) returns integer language sql as 'select 0'");
    auto const expected = db.value("select txq.operation_id('k', 'name')");
    pqxx::connection connection{db.url()};
    run(connection, "set " + std::string{setting});
    run(connection, "select txq.enqueue('k', '{\"a\": 1}', operation_id => 'name', delay => '1 hour', headers => "
                    "'{\"a\": \"b\"}')");
    CHECK(db.value("select operation_id from txq.outbox") == expected);
    CHECK(db.value("select run_at - enqueued_at between '59 minutes' and '61 minutes' from txq.outbox") == "t");
    CHECK_THROWS_AS(run(connection, "select txq.enqueue(pg_catalog.repeat('k', 129), '{}')"), pqxx::sql_error);
}

TEST_CASE("a producer needs these privileges and no others") {
    database db{database::schema::outbox};
    role const producer{db};
    db.query("grant usage on schema txq to " + producer.name());
    db.query("grant insert on txq.outbox to " + producer.name());
    db.query("grant usage on sequence txq.outbox_turn, txq.fullness to " + producer.name());
    db.query(
        "grant execute on function txq.enqueue, txq.uuid_v7, txq.operation_id, txq.headers_problem, txq.has_room to " +
        producer.name());
    pqxx::connection connection{db.url()};
    run(connection, "set role " + producer.name());
    pqxx::work tx{connection};
    txq::enqueue(tx, "k", "{}", {.delay = 1s, .operation_id = "name", .headers = {{"a", "b"}}});
    txq::enqueue_many(tx, "k", std::vector<txq::new_job>{{.payload = "{}", .operation_id = "name"}});
    tx.exec("select txq.enqueue('k', '{}', operation_id => 'name', headers => '{\"a\": \"b\"}')");
    tx.commit();
    CHECK(db.value("select count(*) from txq.outbox") == "3");
    CHECK_THROWS_AS(run(connection, "select from txq.outbox"), pqxx::insufficient_privilege);
    CHECK_THROWS_AS(run(connection, "delete from txq.outbox"), pqxx::insufficient_privilege);
}

TEST_CASE("a database that is not in UTF-8 is refused by the migration") {
    database db{database::schema::none};
    auto const name = db.name() + "_latin1";
    db.query("create database " + name + " template template0 encoding 'LATIN1' lc_collate 'C' lc_ctype 'C'");
    {
        pqxx::connection connection{txq::connection_info::parse(db.url()).set("dbname", name).str()};
        pqxx::work tx{connection};
        CHECK_THROWS_WITH(tx.exec(std::string{txq::embedded_migrations[0].text}),
                          Contains("txq needs a database whose encoding is UTF8; that of " + name + " is LATIN1"));
    }
    db.query("drop database " + name);
}
