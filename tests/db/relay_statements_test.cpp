// The contracts of the relay's statements, as their files in sql/ have them.

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/relay.hpp>

#include <txq/detail/session.hpp>

using namespace txq;
using namespace txq::test;

namespace {

/// A session that runs statements of sql/ as the relay does.
class on {
  public:
    explicit on(database& db) : session_{{.where = connection_info::parse(db.url())}} {}

    pqxx::row operator()(statement const& what, pq::params const& with = {}) { return session_.run(what, with)[0]; }
    pqxx::result all(statement const& what, pq::params const& with = {}) { return session_.run(what, with); }
    session& get() { return session_; }

  private:
    session session_;
};

std::string text(pqxx::row const& row, char const* column) { return row[column].c_str(); }

pq::params position(std::string const& txid = "0", std::string const& seq = "0", std::string const& late_txids = "{}",
                    std::string const& late_seqs = "{}") {
    return pq::params{txid, seq, late_txids, late_seqs};
}

pq::params reading(pq::params from, int rows = 1000, long bytes = 1'000'000) { return from.add(rows).add(bytes); }

std::string now_in(database& db) { return db.value("select pg_snapshot_xmax(pg_current_snapshot())"); }

/// The parameters of write_batch for one job.
pq::params writing(std::string const& source, int batch, std::string const& id = "01a20164-dc34-7bf0-bbe2-ac60cc618430",
                   bool again = false) {
    auto const one = [](std::string const& value) { return '{' + value + '}'; };
    return pq::params{source,   "1/1",     batch,       1,          "10",        0,           "{}",
                      "{}",     "test:1",  again,       one(id),    one(id),     one("mail"), one("test"),
                      one("2"), one("20"), one("null"), "{\"{}\"}", one("null"), one("null"), one("2026-01-01"),
                      false};
}

/// The parameters of record_batch.
pq::params recording(std::string const& source, int batch) {
    return pq::params{source, "1/1", batch, 1, "10", 0, "{}", "{}", "test:1", 1};
}

constexpr auto some_source = "316682a7-e68d-43ab-ad41-586d4e49d30d";

} // namespace

TEST_CASE("peek_outbox sees what is committed beyond the position") {
    database db;
    on run{db};
    CHECK_FALSE(run(sql::peek_outbox, position())["anything"].as<bool>());
    enqueue(db, 1);
    CHECK(run(sql::peek_outbox, position())["anything"].as<bool>());
    CHECK_FALSE(run(sql::peek_outbox, position(now_in(db)))["anything"].as<bool>());
}

TEST_CASE("peek_outbox says what it could see") {
    database db;
    on run{db};
    transaction open{db};
    open.enqueue("a");
    auto const id = open.id();
    db.query("create table burns_an_id ()");
    auto const row = run(sql::peek_outbox, position());
    CHECK(text(row, "in_progress").find(id) != std::string::npos);
    CHECK(row["xmax"].as<long>() > std::stol(id));
}

TEST_CASE("peek_outbox sees late rows once their transaction has ended") {
    database db;
    on run{db};
    transaction late{db};
    late.enqueue("a");
    auto const id = late.id();
    db.query("create table burns_an_id ()");
    auto const from = position(now_in(db), "0", '{' + id + '}', "{0}");
    CHECK_FALSE(run(sql::peek_outbox, from)["anything"].as<bool>());
    late.commit();
    CHECK(run(sql::peek_outbox, from)["anything"].as<bool>());
    CHECK_FALSE(run(sql::peek_outbox, position(now_in(db), "0", '{' + id + '}', "{1}"))["anything"].as<bool>());
}

TEST_CASE("read_outbox returns an empty batch from an empty outbox") {
    database db;
    auto const row = on{db}(sql::read_outbox, reading(position()));
    CHECK(row["jobs"].as<int>() == 0);
    CHECK_FALSE(row["more"].as<bool>());
    CHECK(text(row, "ids") == "{}");
    CHECK(row["last_txid"].is_null());
}

TEST_CASE("read_outbox says where it ended if there may be more") {
    database db;
    on run{db};
    enqueue(db, 3);
    auto const txid = db.value("select distinct txid from txq.outbox");
    auto const cut = run(sql::read_outbox, reading(position(), 2));
    CHECK(cut["jobs"].as<int>() == 2);
    CHECK(cut["more"].as<bool>());
    CHECK_FALSE(cut["last_late"].as<bool>());
    CHECK(text(cut, "last_txid") == txid);
    CHECK(text(cut, "last_seq") == "2");
    auto const rest = run(sql::read_outbox, reading(position(txid, "2"), 2));
    CHECK(rest["jobs"].as<int>() == 1);
    CHECK_FALSE(rest["more"].as<bool>());
    CHECK(text(rest, "kinds") == "{job3}");
}

TEST_CASE("read_outbox returns late rows first and cuts within them") {
    database db;
    on run{db};
    db.query("select txq.enqueue('late' || i, '{}') from generate_series(1, 3) as i");
    auto const late = db.value("select distinct txid from txq.outbox");
    auto const after = now_in(db);
    enqueue(db, 2, "new");
    auto const cut = run(sql::read_outbox, reading(position(after, "0", '{' + late + '}', "{1}"), 1));
    CHECK(text(cut, "kinds") == "{late2}");
    CHECK(cut["more"].as<bool>());
    CHECK(cut["last_late"].as<bool>());
    CHECK(text(cut, "last_seq") == "2");
    auto const more = run(sql::read_outbox, reading(position(after, "0", '{' + late + '}', "{1}"), 3));
    CHECK(text(more, "kinds") == "{late2,late3,new1}");
    CHECK_FALSE(more["last_late"].as<bool>());
}

TEST_CASE("read_outbox cuts at its bytes and takes one row at least") {
    database db;
    on run{db};
    db.query("select txq.enqueue('x', to_jsonb(repeat('a', 1000))) from generate_series(1, 5)");
    auto const size = db.number("select max(pg_column_size(payload)) from txq.outbox");
    CHECK(run(sql::read_outbox, reading(position(), 1000, 1))["jobs"].as<int>() == 1);
    CHECK(run(sql::read_outbox, reading(position(), 1000, 1))["more"].as<bool>());
    CHECK(run(sql::read_outbox, reading(position(), 1000, 3 * size))["jobs"].as<int>() == 3);
    auto const all = run(sql::read_outbox, reading(position(), 1000, 5 * size));
    CHECK(all["jobs"].as<int>() == 5);
    CHECK_FALSE(all["more"].as<bool>());
}

TEST_CASE("write_batch writes the batch that is next and no other") {
    database db;
    on run{db};
    CHECK_FALSE(run(sql::write_batch, writing(some_source, 2))["written"].as<bool>());
    CHECK(db.number("select count(*) from txq.jobs") == 0);
    auto const first = run(sql::write_batch, writing(some_source, 1));
    CHECK(first["written"].as<bool>());
    CHECK(first["moved"].as<int>() == 1);
    CHECK(first["woken"].as<int>() == 1);
    auto const another_id = "01a20164-dc34-7bf0-bbe2-ac60cc618431";
    CHECK_FALSE(run(sql::write_batch, writing(some_source, 1, another_id))["written"].as<bool>());
    CHECK(db.number("select count(*) from txq.jobs") == 1);
    CHECK(db.number("select count(*) from txq.relay_batches") == 1);
}

TEST_CASE("write_batch of one source has nothing to do with that of another") {
    database db;
    on run{db};
    CHECK(run(sql::write_batch, writing(some_source, 1))["written"].as<bool>());
    CHECK(run(sql::write_batch,
              writing("00000000-0000-0000-0000-000000000001", 1, "01a20164-dc34-7bf0-bbe2-ac60cc618431"))["written"]
              .as<bool>());
}

TEST_CASE("write_batch at the same moment as another fails with a unique violation") {
    database db;
    on run{db};
    on other{db};
    pqxx::work tx{other.get().connection()};
    CHECK(other.get().run(tx, sql::write_batch, writing(some_source, 1))[0]["written"].as<bool>());
    std::jthread const waiting{[&] {
        CHECK_THROWS_AS(run(sql::write_batch, writing(some_source, 1, "01a20164-dc34-7bf0-bbe2-ac60cc618431")),
                        pqxx::unique_violation);
    }};
    db.wait_until(
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'", "1");
    tx.commit();
}

TEST_CASE("write_batch leaves out what was processed where some may have been moved before") {
    database db;
    on run{db};
    auto const id = "01a20164-dc34-7bf0-bbe2-ac60cc618430";
    db.query(std::string{"insert into txq.processed_jobs (operation_id, job_id, queue, kind, attempt) values ('"} + id +
             "', '" + id + "', 'mail', 'test', 1)");
    auto const again = run(sql::write_batch, writing(some_source, 1, id, true));
    CHECK(again["written"].as<bool>());
    CHECK(again["moved"].as<int>() == 0);
    CHECK(run(sql::write_batch, writing(some_source, 2, id, false))["moved"].as<int>() == 1);
}

TEST_CASE("write_batch leaves out what is in the queue only where some may have been moved before") {
    database db;
    on run{db};
    run(sql::write_batch, writing(some_source, 1));
    CHECK_THROWS_AS(run(sql::write_batch, writing(some_source, 2)), pqxx::unique_violation);
    auto const id = db.value("select id from txq.jobs");
    auto const again = run(sql::write_batch, writing(some_source, 2, id, true));
    CHECK(again["written"].as<bool>());
    CHECK(again["moved"].as<int>() == 0);
}

TEST_CASE("move_outbox says what read_outbox says and moves that") {
    database db;
    on run{db};
    auto const nothing = run(sql::move_outbox, reading(position()));
    CHECK(nothing["jobs"].as<int>() == 0);
    CHECK_FALSE(nothing["more"].as<bool>());
    CHECK(nothing["last_txid"].is_null());
    db.query("select txq.enqueue('late' || i, '{}') from generate_series(1, 3) as i");
    auto const late = db.value("select distinct txid from txq.outbox");
    auto const after = now_in(db);
    enqueue(db, 2, "new");
    auto const from = position(after, "0", '{' + late + '}', "{1}");
    for (auto const rows : {1, 3, 4, 5}) {
        CAPTURE(rows);
        pqxx::work tx{run.get().connection()};
        tx.exec("set transaction isolation level repeatable read"); // one snapshot, whatever others begin and end
        auto const said = run.get().run(tx, sql::read_outbox, reading(from, rows))[0];
        auto const moved = run.get().run(tx, sql::move_outbox, reading(from, rows))[0];
        tx.commit();
        for (auto const* column : {"in_progress", "more", "last_late", "last_txid", "last_seq", "jobs", "any_unique"})
            CHECK(text(moved, column) == text(said, column));
        CHECK(moved["moved"].as<int>() == said["jobs"].as<int>());
        CHECK(moved["woken"].as<int>() == 1);
        CHECK('{' + db.value("select string_agg(kind, ',' order by seq) from txq.jobs") + '}' == text(said, "kinds"));
        db.query("delete from txq.jobs");
    }
}

TEST_CASE("move_outbox cuts at its bytes where read_outbox does") {
    database db;
    on run{db};
    db.query(
        "select txq.enqueue('x', to_jsonb(repeat('a', 1000)), headers => '{\"a\": \"b\"}') from generate_series(1, 5)");
    long const size = db.number("select max(pg_column_size(payload) + pg_column_size(headers)) from txq.outbox");
    auto const late = db.value("select distinct txid from txq.outbox");
    for (auto const& from : {position(), position(now_in(db), "0", '{' + late + '}', "{0}")})
        for (auto const bytes : {1L, 2 * size - 1, 3 * size, 5 * size}) {
            CAPTURE(bytes);
            auto const said = run(sql::read_outbox, reading(from, 1000, bytes));
            auto const moved = run(sql::move_outbox, reading(from, 1000, bytes));
            for (auto const* column : {"more", "last_late", "last_txid", "last_seq", "jobs"})
                CHECK(text(moved, column) == text(said, column));
            CHECK(moved["bytes"].as<long>() == moved["jobs"].as<long>() * size);
            CHECK(db.number("select count(*) from txq.jobs") == said["jobs"].as<int>());
            db.query("delete from txq.jobs");
        }
}

TEST_CASE("move_outbox moves nothing where a job has to be decided about") {
    database db;
    on run{db};
    enqueue(db, 2);
    db.query("select txq.enqueue('once', '{}', unique_by => '{\"key\": \"1\"}')");
    auto const row = run(sql::move_outbox, reading(position()));
    CHECK(row["any_unique"].as<bool>());
    CHECK(row["jobs"].as<int>() == 3);
    CHECK(row["moved"].as<int>() == 0);
    CHECK(db.number("select count(*) from txq.jobs") == 0);
    CHECK_FALSE(run(sql::move_outbox, reading(position(), 2))["any_unique"].as<bool>());
    CHECK(db.number("select count(*) from txq.jobs") == 2);
}

TEST_CASE("move_outbox says of which orders there are jobs") {
    database db;
    on run{db};
    db.query("select txq.enqueue('x', '{}', order_key => 'a') from generate_series(1, 2)");
    auto const row = run(sql::move_outbox, reading(position()));
    CHECK(text(row, "order_queues") == "{default}");
    CHECK(text(row, "order_keys") == "{a}");
    CHECK(row["woken"].as<int>() == 0);
    CHECK(db.value("select string_agg(state::text, ' ') from txq.jobs") == "waiting waiting");
}

TEST_CASE("move_outbox refuses a job that is in the queue already") {
    database db;
    on run{db};
    enqueue(db, 2);
    run(sql::move_outbox, reading(position(), 1));
    CHECK_THROWS_AS(run(sql::move_outbox, reading(position())), pqxx::unique_violation);
    CHECK(db.number("select count(*) from txq.jobs") == 1);
}

TEST_CASE("record_batch writes the batch that is next and no other") {
    database db;
    on run{db};
    CHECK_FALSE(run(sql::record_batch, recording(some_source, 2))["written"].as<bool>());
    CHECK(run(sql::record_batch, recording(some_source, 1))["written"].as<bool>());
    CHECK_FALSE(run(sql::record_batch, recording(some_source, 1))["written"].as<bool>());
    CHECK(run(sql::record_batch, recording(some_source, 2))["written"].as<bool>());
    CHECK(db.value(
              "select string_agg(batch || ' ' || jobs || ' ' || again, ', ' order by batch) from txq.relay_batches") ==
          "1 1 false, 2 1 false");
}

TEST_CASE("relay_position returns the last batch of a source") {
    database db;
    on run{db};
    auto const at_first = run(sql::relay_position, pq::params{some_source, "1/1"});
    CHECK(at_first["batch"].is_null());
    CHECK_FALSE(at_first["copied"].as<bool>());
    run(sql::write_batch, writing(some_source, 1));
    run(sql::write_batch, writing(some_source, 2, uuid::v7().str()));
    auto const row = run(sql::relay_position, pq::params{some_source, "1/1"});
    CHECK(text(row, "batch") == "2");
    CHECK(text(row, "timeline") == "1");
    CHECK_FALSE(row["copied"].as<bool>());
    CHECK(run(sql::relay_position, pq::params{some_source, "1/2"})["copied"].as<bool>());
    CHECK(run(sql::relay_position, pq::params{some_source, "1/0"})["copied"].as<bool>());
    CHECK(text(row, "position_txid") == "10");
}

TEST_CASE("prune_batches keeps the last batches") {
    database db;
    on run{db};
    for (int batch = 1; batch <= 5; ++batch) run(sql::write_batch, writing(some_source, batch, uuid::v7().str()));
    run.all(sql::prune_batches, pq::params{some_source, "1/1", 4});
    CHECK(db.value("select array_agg(batch order by batch) from txq.relay_batches") == "{4,5}");
}

TEST_CASE("outbox_lock is held by one connection until it ends") {
    database db;
    auto one = std::make_unique<on>(db);
    on other{db};
    CHECK((*one)(sql::outbox_lock)["locked"].as<bool>());
    CHECK_FALSE(other(sql::outbox_lock)["locked"].as<bool>());
    one.reset();
    db.wait_until(
        "select count(*) from pg_locks where locktype = 'advisory' and database = (select oid from pg_database "
        "where datname = current_database())",
        "0");
    CHECK(other(sql::outbox_lock)["locked"].as<bool>());
}

TEST_CASE("outbox_barrier is on disk when it returns and numbers the batch") {
    database db;
    on run{db};
    CHECK(run(sql::outbox_source)["barrier"].as<int>() == 0);
    auto const before = db.value("select pg_current_wal_insert_lsn()");
    run(sql::outbox_barrier, pq::params{7, 0});
    CHECK(db.value("select pg_current_wal_flush_lsn() >= '" + before + "'") == "t");
    CHECK(run(sql::outbox_source)["barrier"].as<int>() == 7);
}

TEST_CASE("outbox_barrier is not set by who does not know what it is") {
    database db;
    on run{db};
    CHECK(run.all(sql::outbox_barrier, pq::params{2, 0}).size() == 1);
    CHECK(run.all(sql::outbox_barrier, pq::params{1, 0}).empty());
    CHECK(db.value("select last_value from txq.outbox_barrier") == "2");
}

TEST_CASE("outbox_barrier puts on disk what was committed without waiting for the disk") {
    database db;
    db.query("alter database " + db.name() + " set synchronous_commit = off");
    on run{db};
    db.query("set synchronous_commit = off");
    enqueue(db, 1);
    auto const committed = db.value("select pg_current_wal_insert_lsn()");
    run(sql::outbox_barrier, pq::params{1, 0});
    CHECK(db.value("select pg_current_wal_flush_lsn() >= '" + committed + "'") == "t");
}

TEST_CASE("database_identity tells databases of one server apart") {
    database one;
    database other;
    auto const name = text(on{one}(sql::database_identity), "database");
    CHECK(name == text(on{one}(sql::database_identity), "database"));
    CHECK(name != text(on{other}(sql::database_identity), "database"));
    CHECK(on{one}(sql::database_identity)["timeline"].as<int>() == 1);
    CHECK(on{one}(sql::database_identity)["writable"].as<bool>());
}

TEST_CASE("adopt_outbox gives rows from the future a place in the present") {
    database db;
    on run{db};
    enqueue(db, 2);
    db.query("update txq.outbox set txid = '9000000000' where kind = 'job2'");
    CHECK(run.all(sql::adopt_outbox).size() == 1);
    CHECK(run.all(sql::adopt_outbox).empty());
    CHECK(db.value("select bool_and(txid < pg_snapshot_xmax(pg_current_snapshot())) from txq.outbox") == "t");
}

TEST_CASE("next_job and reject_job put aside what read_outbox returns first") {
    database db;
    on run{db};
    CHECK(run.all(sql::next_job, position()).empty());
    enqueue(db, 2);
    auto const next = run(sql::next_job, position());
    CHECK(text(next, "id") == db.value("select id from txq.outbox where kind = 'job1'"));
    run.all(sql::reject_job, pq::params{text(next, "txid"), text(next, "seq"), "because", false});
    CHECK(db.value("select kind || ' ' || why from txq.outbox_rejected") == "job1 because");
    auto const after = position(now_in(db), "0", '{' + text(next, "txid") + '}', "{1}");
    CHECK(text(run(sql::next_job, after), "id") == db.value("select id from txq.outbox where kind = 'job2'"));
    CHECK(run(sql::next_job, after)["late"].as<bool>());
}
