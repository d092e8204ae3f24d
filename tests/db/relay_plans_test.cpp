// What the relay's statements cost where there is much that they are not about.

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/explain.hpp>
#include <support/relay.hpp>

#include <string>
#include <vector>

using namespace txq;
using namespace txq::test;

namespace {

std::string const hundred_thousand = "select txq.enqueue('many', '{}') from generate_series(1, 100000)";

std::string quoted(std::string const& value) { return "'" + value + "'"; }

std::string position(std::string const& txid, std::string const& late = "{}", std::string const& seqs = "{}") {
    return quoted(txid) + ", 0, " + quoted(late) + ", " + quoted(seqs);
}

std::string now_in(database& db) { return db.value("select pg_snapshot_xmax(pg_current_snapshot())"); }

std::vector<std::string> const any_statistics{"never", "now", "when there was nothing, and so were the plans"};

/// A hundred thousand rows in the outbox, of which the statistics know or do not.
void fill(database& db, explaining_session& session, std::string const& analysed) {
    if (analysed.ends_with("plans")) {
        db.query("analyze");
        for (auto const* what : {&sql::peek_outbox, &sql::read_outbox, &sql::next_job, &sql::move_outbox,
                                 &sql::write_batch, &sql::record_batch, &sql::relay_position, &sql::reject_job})
            session.plan(*what);
    }
    db.query(hundred_thousand);
    if (analysed == "now") db.query("analyze");
}

void check_cost(nlohmann::json const& plan, int most) {
    CHECK(tables_scanned_whole(plan) == "");
    CHECK(buffers(plan) <= most);
}

} // namespace

TEST_CASE("looking into an outbox full of moved rows touches the end of each index") {
    auto const analysed = GENERATE(from_range(any_statistics));
    INFO("analysed " << analysed);
    database db;
    explaining_session session{db};
    fill(db, session, analysed);
    auto const at = position(now_in(db), "{5,6,7,8}", "{0,0,0,0}");
    check_cost(session.run(sql::peek_outbox, at), 50);
    check_cost(session.run(sql::read_outbox, at + ", 1000, 8388608"), 50);
    check_cost(session.run(sql::next_job, at), 50);
    check_cost(session.run(sql::move_outbox, at + ", 1000, 8388608"), 50);
}

TEST_CASE("reading from a full outbox touches what it reads") {
    auto const analysed = GENERATE(from_range(any_statistics));
    INFO("analysed " << analysed);
    database db;
    explaining_session session{db};
    fill(db, session, analysed);
    check_cost(session.run(sql::read_outbox, position("0") + ", 1000, 8388608"), 150);
    check_cost(session.run(sql::peek_outbox, position("0")), 20);
    check_cost(session.run(sql::next_job, position("0")), 20);
}

TEST_CASE("reading from the midst of a large transaction touches what it reads") {
    database db;
    db.query(hundred_thousand);
    explaining_session session{db};
    auto const txid = db.value("select distinct txid from txq.outbox");
    auto const within = quoted(txid) + ", 50000, '{}', '{}', 1000, 8388608";
    check_cost(session.run(sql::read_outbox, within), 150);
    auto const late = position(now_in(db), '{' + txid + '}', "{50000}") + ", 1000, 8388608";
    check_cost(session.run(sql::read_outbox, late), 150);
}

TEST_CASE("moving within a database touches what it moves") {
    auto const analysed = GENERATE(from_range(any_statistics));
    auto const fair = GENERATE(false, true);
    INFO("analysed " << analysed);
    database db;
    explaining_session session{db};
    fill(db, session, analysed);
    if (fair) db.query("select txq.set_queue('default', fair => true)");
    db.query("insert into txq.queues (name) select 'queue' || i from generate_series(1, 1000) as i");
    if (analysed == "now") db.query("analyze");
    check_cost(session.run(sql::move_outbox, position("0") + ", 1000, 8388608"), 1000 * 12);
    CHECK(db.number("select count(*) from txq.jobs") == 1000);
    auto const txid = db.value("select distinct txid from txq.outbox");
    check_cost(session.run(sql::move_outbox, position(now_in(db), '{' + txid + '}', "{50000}") + ", 1000, 8388608"),
               1000 * 12);
    check_cost(session.run(sql::move_outbox, quoted(txid) + ", 70000, '{}', '{}', 1000, 100"), 500);
}

TEST_CASE("a large transaction that has not ended is not looked at again and again") {
    database db;
    transaction large{db};
    large.run(hundred_thousand);
    explaining_session session{db};
    check_cost(session.run(sql::peek_outbox, position(now_in(db), '{' + large.id() + '}', "{0}")), 30);
    check_cost(session.run(sql::read_outbox, position(now_in(db), '{' + large.id() + '}', "{0}") + ", 1000, 8388608"),
               30);
}

TEST_CASE("a large transaction that was rolled back is looked at once") {
    database db;
    relay_by_hand relay{db};
    transaction large{db};
    large.run(hundred_thousand);
    enqueue(db, 1);
    CHECK(relay.step() == 1);
    large.roll_back();
    CHECK(relay.step() == 0);
    explaining_session session{db};
    CHECK(relay.step() == 0);
    CHECK(buffers(session.run(sql::peek_outbox, position(now_in(db)))) <= 30);
}

TEST_CASE("writing a batch touches what it writes also where much has been processed before") {
    auto const again = GENERATE(false, true);
    auto const analysed = GENERATE(from_range(any_statistics));
    INFO("analysed " << analysed);
    database db;
    explaining_session session{db};
    fill(db, session, analysed);
    db.query("insert into txq.processed_jobs (operation_id, job_id, queue, kind, attempt) select gen_random_uuid(), "
             "gen_random_uuid(), 'default', 'test', 1 from generate_series(1, 100000)");
    db.query("insert into txq.relay_batches select gen_random_uuid(), '1/1', i, 1, '1', 0, '{}', '{}', 0, 'x' "
             "from generate_series(1, 1000) as i");
    if (analysed == "now") db.query("analyze");
    auto const each = [](std::string const& value, std::string const& type) {
        return ", array_fill(" + value + "::" + type + ", array[100])";
    };
    auto const ids =
        ", " + quoted(db.value("select array_agg(gen_random_uuid()) from generate_series(1, 100)")) + "::uuid[]";
    auto const plan =
        session.run(sql::write_batch, "gen_random_uuid(), '1/1', 1, 1, '10', 0, '{}', '{}', 'x', " +
                                          std::string{again ? "true" : "false"} + ids + ids + each("'mail'", "text") +
                                          each("'test'", "text") + each("2", "smallint") + each("20", "integer") +
                                          each("null", "timestamptz") + each("'{}'", "text") + each("null", "text") +
                                          each("null", "text") + each("now()", "timestamptz") + ", false");
    check_cost(plan, 100 * 25);
    CHECK(db.number("select count(*) from txq.jobs") == 100);
}

TEST_CASE("a batch is recorded at once among old ones") {
    database db;
    db.query("insert into txq.relay_batches select '316682a7-e68d-43ab-ad41-586d4e49d30d', '1/1', i, 1, '1', 0, '{}', "
             "'{}', 0, 'x' "
             "from generate_series(1, 1000) as i");
    db.query("analyze");
    explaining_session session{db};
    check_cost(session.run(sql::record_batch,
                           "'316682a7-e68d-43ab-ad41-586d4e49d30d', '1/1', 1001, 1, '10', 0, '{}', '{}', 'x', 5"),
               20);
    CHECK(db.number("select max(batch) from txq.relay_batches") == 1001);
}

TEST_CASE("the relay's position is found at once among old ones also if these cannot be removed yet") {
    database db;
    auto const source = quoted("316682a7-e68d-43ab-ad41-586d4e49d30d");
    transaction holds_old_snapshot{db};
    holds_old_snapshot.run("set transaction isolation level repeatable read");
    holds_old_snapshot.run("select 1");
    db.query("insert into txq.relay_batches select " + source +
             ", '1/1', i, 1, '1', 0, '{}', '{}', 0, 'x' "
             "from generate_series(1, 100000) as i");
    db.query("delete from txq.relay_batches where batch < 99000");
    db.query("vacuum analyze txq.relay_batches");
    explaining_session session{db};
    check_cost(session.run(sql::relay_position, source + ", '1/1'"), 20);
}
