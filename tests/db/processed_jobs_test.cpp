#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/running_worker.hpp>

#include <txq/uuid.hpp>

using Catch::Matchers::Contains;
using txq::test::database;

namespace {

constexpr auto days = "select count(*) from pg_class where relname ~ '^processed_jobs_\\d{8}$' and relkind = 'r'";

void keep(database& db, std::string const& retention = "7 days") {
    db.query("select txq.keep_processed_jobs('" + retention + "', 3)");
}

/// An operation id as it was generated that long ago.
std::string id_of(database& db, std::string const& ago) {
    return db.value("select overlay(txq.first_uuid_of(now() - '" + ago +
                    "'::interval)::text placing right(gen_random_uuid()::text, 12) from 25)");
}

void record(database& db, std::string const& id, std::string const& processed_ago, std::string const& kind) {
    db.query("insert into txq.processed_jobs (operation_id, job_id, queue, kind, attempt, processed_at) values ('" +
             id + "', '" + id + "', 'default', '" + kind + "', 1, now() - '" + processed_ago + "'::interval)");
}

/// Makes the table of the day that is so long ago, as it was made on that day.
void add_day(database& db, std::string const& ago) {
    REQUIRE(db.value("select txq.add_processed_jobs_day(((now() - '" + ago +
                     "'::interval) at time zone 'UTC')::date)") == "t");
}

std::string kinds(database& db) {
    return db.value("select coalesce(string_agg(kind, ',' order by kind), '') from txq.processed_jobs");
}

/// Its name is that of the test's database, as roles belong to all of the server's.
class role {
  public:
    explicit role(database& db) : db_{db} { db_.query("create role " + name()); }
    ~role() {
        db_.query("drop owned by " + name());
        db_.query("drop role " + name());
    }
    role(role const&) = delete;
    role& operator=(role const&) = delete;

    std::string name() const { return db_.name() + "_role"; }

  private:
    database& db_;
};

} // namespace

TEST_CASE("records of today and of the next days have tables of their own") {
    database db;
    keep(db);
    CHECK(db.number(days) == 4);
    auto const id = txq::uuid::v7().str();
    db.query("insert into txq.processed_jobs values ('" + id + "', '" + id + "', 'q', 'k', 1)");
    CHECK(db.value("select tableoid::regclass::text from txq.processed_jobs") ==
          "txq.processed_jobs_" + db.value("select to_char(clock_timestamp() at time zone 'UTC', 'YYYYMMDD')"));
}

TEST_CASE("keeping the records twice is as once") {
    database db;
    keep(db);
    keep(db);
    CHECK(db.number(days) == 4);
}

TEST_CASE("an operation is unique whichever table its record is in") {
    database db;
    auto const generated = txq::uuid::v7().str();
    auto const named = db.value("select txq.operation_id('k', 'invoice 1')");
    keep(db);
    for (auto const& id : {generated, named}) {
        auto const insert = "insert into txq.processed_jobs values ('" + id + "', '" + id + "', 'q', 'k', 1)";
        db.query(insert);
        CHECK_THROWS_AS(db.query(insert), pqxx::unique_violation);
    }
    CHECK(db.value("select tableoid::regclass::text from txq.processed_jobs where operation_id = '" + named + "'") ==
          "txq.processed_jobs_named");
}

TEST_CASE("days that are over for longer than the retention are dropped") {
    database db;
    add_day(db, "9 days");
    record(db, id_of(db, "9 days"), "8 days 1 hour", "old");
    CHECK(db.number("select dropped from txq.keep_processed_jobs('7 days', 3)") == 1);
    CHECK(db.number(days) == 4);
    CHECK(kinds(db) == "");
}

TEST_CASE("a record that was written lately into an old day keeps that day") {
    database db;
    add_day(db, "9 days");
    record(db, id_of(db, "9 days"), "8 days 1 hour", "old");
    record(db, id_of(db, "9 days"), "6 days", "delayed");

    CHECK(db.number("select dropped from txq.keep_processed_jobs('7 days', 3)") == 0);
    CHECK(kinds(db) == "delayed,old");
    CHECK(db.number("select dropped from txq.keep_processed_jobs('5 days', 3)") == 1);
    CHECK(kinds(db) == "");
}

TEST_CASE("a record that comes while its day is about to be dropped keeps that day") {
    database db;
    add_day(db, "9 days");
    pqxx::connection writer{db.url()};
    pqxx::work writing{writer};
    auto const id = id_of(db, "9 days");
    writing.exec("insert into txq.processed_jobs values ('" + id + "', '" + id + "', 'q', 'delayed', 1)");

    CHECK(db.number("select dropped from txq.keep_processed_jobs('7 days', 3)") == 0);

    writing.commit();
    CHECK(db.number("select dropped from txq.keep_processed_jobs('7 days', 3)") == 0);
    CHECK(kinds(db) == "delayed");
}

TEST_CASE("days that cannot be dropped while handlers are at work are emptied") {
    database db;
    for (std::string const ago : {"10 days", "9 days"}) {
        add_day(db, ago);
        record(db, id_of(db, ago), "8 days 1 hour", "old");
    }
    pqxx::connection handler{db.url()};
    pqxx::work at_work{handler};
    auto const id = id_of(db, "0");
    at_work.exec("insert into txq.processed_jobs values ('" + id + "', '" + id + "', 'q', 'new', 1)");

    CHECK(db.number("select dropped from txq.keep_processed_jobs('7 days', 3)") == 0);

    CHECK(kinds(db) == "");
    at_work.commit();
    CHECK(db.number("select dropped from txq.keep_processed_jobs('7 days', 3)") == 2);
    CHECK(kinds(db) == "new");
}

TEST_CASE("old records without a date of their own go and young ones stay") {
    database db;
    record(db, id_of(db, "8 days"), "8 days", "old_id");
    record(db, id_of(db, "6 days"), "6 days", "young_id");
    record(db, db.value("select txq.operation_id('k', 'a')"), "8 days", "old_name");
    record(db, db.value("select txq.operation_id('k', 'b')"), "6 days", "young_name");
    keep(db);
    CHECK(kinds(db) == "young_id,young_name");
}

TEST_CASE("old records without a date of their own go some at a time") {
    database db;
    db.query("insert into txq.processed_jobs select txq.operation_id('k', n::text), gen_random_uuid(), 'q', 'k', 1, "
             "now() - interval '8 days' from generate_series(1, 10001) as n");
    CHECK(db.value("select more from txq.keep_processed_jobs('7 days', 3)") == "t");
    CHECK(db.number("select count(*) from txq.processed_jobs") == 1);
    CHECK(db.value("select more from txq.keep_processed_jobs('7 days', 3)") == "f");
    CHECK(db.number("select count(*) from txq.processed_jobs") == 0);
}

TEST_CASE("old records without a date of their own go however many they are") {
    database db;
    db.query("insert into txq.processed_jobs select txq.operation_id('k', n::text), gen_random_uuid(), 'q', 'k', 1, "
             "now() - interval '8 days' from generate_series(1, 25000) as n");
    txq::registry handlers;
    handlers.add("test", [](txq::raw_job const&, txq::context&) {});
    txq::test::running_worker worker{db, handlers};
    db.wait_until("select count(*) from txq.processed_jobs", "0");
}

TEST_CASE("names are kept out of what is read when a day gets its table") {
    database db;
    db.query("insert into txq.processed_jobs select txq.operation_id('k', n::text), gen_random_uuid(), 'q', 'k', 1 "
             "from generate_series(1, 1000) as n");
    CHECK(db.number("select count(*) from txq.processed_jobs_rest") == 0);
    CHECK(db.number("select count(*) from txq.processed_jobs_named") == 1000);
}

TEST_CASE("a day whose records have begun in the default partition stays there") {
    database db;
    record(db, id_of(db, "0"), "0", "today");
    keep(db);
    CHECK(db.number(days) == 3);
    CHECK(db.number("select count(*) from txq.processed_jobs") == 1);
}

TEST_CASE("a role needs no more than to be allowed to keep the records") {
    database db;
    role const worker{db};
    db.query("grant usage on schema txq to " + worker.name());
    db.query("grant select, insert on txq.processed_jobs to " + worker.name());
    auto const id = id_of(db, "0");
    add_day(db, "9 days");

    db.query("set role " + worker.name());
    CHECK_THROWS_WITH(keep(db), Contains("permission denied for function keep_processed_jobs"));
    db.query("reset role");
    db.query("grant execute on function txq.keep_processed_jobs to " + worker.name());
    db.query("set role " + worker.name());
    CHECK(db.number("select dropped from txq.keep_processed_jobs('7 days', 3)") == 1);
    record(db, id, "0", "by_role");
    CHECK(kinds(db) == "by_role");
    CHECK_THROWS_WITH(db.query("create table txq.mine ()"), Contains("permission denied for schema txq"));
    db.query("reset role");
    CHECK(db.number(days) == 4);
}

TEST_CASE("records are not kept for nothing by mistake") {
    database db;
    CHECK_THROWS_WITH(keep(db, "59 minutes"), Contains("retention is 00:59:00"));
    CHECK_THROWS_WITH(db.query("select txq.keep_processed_jobs(null, 3)"), Contains("retention is null"));
    CHECK_THROWS_WITH(db.query("select txq.keep_processed_jobs('7 days', 1000)"), Contains("days_ahead is 1000"));
}

TEST_CASE("records that are in use are left for another time") {
    database db;
    pqxx::connection reader{db.url()};
    pqxx::work reading{reader};
    reading.exec("select from txq.processed_jobs");
    CHECK(db.number("select dropped from txq.keep_processed_jobs('7 days', 3)") == 0);
    CHECK(db.number(days) == 0);
    reading.abort();
    keep(db);
    CHECK(db.number(days) == 4);
}
