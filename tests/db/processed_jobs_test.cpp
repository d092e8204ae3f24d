#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/running_worker.hpp>

#include <txq/uuid.hpp>

using namespace txq;
using namespace txq::test;

namespace {

constexpr auto days = "select count(*) from pg_class where relname ~ '^processed_jobs_\\d{8}$' and relkind = 'r'";

void keep(database& db, std::string const& retention = "7 days") {
    db.query("select txq.keep_processed_jobs('" + retention + "', 3)");
}

/// The table of a day that is over for long.
void add_day(database& db, std::string const& day, std::string const& next) {
    auto const first = [&](std::string const& of) {
        return "('" + db.value("select txq.first_uuid_of('" + of + " 00:00Z')") + "')";
    };
    auto const name = db.value("select 'txq.processed_jobs_' || to_char('" + day + "'::date, 'YYYYMMDD')");
    db.query("create table " + name + " (like txq.processed_jobs including defaults)");
    db.query("alter table txq.processed_jobs attach partition " + name + " for values from " + first(day) + " to " +
             first(next));
}

/// A record of a job that was enqueued on the first day of 2025.
void record_of_2025(database& db, std::string const& processed_at) {
    db.query("insert into txq.processed_jobs (operation_id, job_id, queue, kind, attempt, processed_at) "
             "select overlay(txq.first_uuid_of('2025-01-01 12:00Z')::text placing right(gen_random_uuid()::text, 12) "
             "from 25)::uuid, gen_random_uuid(), 'q', 'k', 1, " +
             (processed_at == "now()" ? processed_at : "'" + processed_at + "'::timestamptz"));
}

/// A record as of a job that was enqueued that long ago.
void record(database& db, std::string const& ago, std::string const& kind) {
    db.query("insert into txq.processed_jobs (operation_id, job_id, queue, kind, attempt, processed_at) "
             "select id, id, 'default', '" +
             kind + "', 1, now() - '" + ago +
             "'::interval "
             "from (select overlay(txq.first_uuid_of(now() - '" +
             ago +
             "'::interval)::text placing "
             "right(gen_random_uuid()::text, 12) from 25)::uuid as id) as made");
}

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
          "txq.processed_jobs_rest");
}

TEST_CASE("days that are over for longer than the retention are dropped") {
    database db;
    add_day(db, "2025-01-01", "2025-01-02");
    record_of_2025(db, "2025-01-01");
    CHECK(db.number("select dropped from txq.keep_processed_jobs('7 days', 3)") == 1);
    CHECK(db.number(days) == 4);
}

TEST_CASE("a day stays while it has a record that is younger than the retention") {
    database db;
    add_day(db, "2025-01-01", "2025-01-02");
    record_of_2025(db, "2025-01-01");
    record_of_2025(db, "now()"); // of a job that was delayed, or failed, for long
    CHECK(db.number("select dropped from txq.keep_processed_jobs('7 days', 3)") == 0);
    CHECK(db.number("select count(*) from txq.processed_jobs where processed_at > now() - interval '1 day'") == 1);
}

TEST_CASE("days that cannot be dropped while handlers are at work are emptied") {
    database db;
    add_day(db, "2025-01-01", "2025-01-02");
    record_of_2025(db, "2025-01-01");
    add_day(db, "2025-01-02", "2025-01-03");
    record(db, "0", "today");
    pqxx::connection handler{db.url()};
    pqxx::work at_work{handler};
    at_work.exec("insert into txq.processed_jobs select gen_random_uuid(), gen_random_uuid(), 'q', 'k', 1");
    CHECK(db.number("select dropped from txq.keep_processed_jobs('7 days', 3)") == 0);
    CHECK(db.number("select count(*) from txq.processed_jobs") == 1);
    at_work.commit();
    CHECK(db.number("select dropped from txq.keep_processed_jobs('7 days', 3)") == 2);
}

TEST_CASE("old records in the default partition go however many they are") {
    database db;
    db.query("insert into txq.processed_jobs (operation_id, job_id, queue, kind, attempt, processed_at) "
             "select txq.operation_id('k', i::text), gen_random_uuid(), 'q', 'k', 1, '2025-01-01' "
             "from generate_series(1, 25000) as i");
    registry handlers;
    handlers.add("test", [](raw_job const&, context&) {});
    running_worker worker{db, handlers};
    db.wait_until("select count(*) from txq.processed_jobs", "0");
}

TEST_CASE("old records in the default partition go and young ones stay") {
    database db;
    record(db, "8 days", "old");
    record(db, "6 days", "young");
    keep(db);
    CHECK(db.value("select string_agg(kind, ',') from txq.processed_jobs") == "young");
}

TEST_CASE("a day whose records have begun in the default partition stays there") {
    database db;
    record(db, "0", "today");
    keep(db);
    CHECK(db.number(days) == 3);
    CHECK(db.number("select count(*) from txq.processed_jobs") == 1);
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
