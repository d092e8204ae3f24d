// What has been moved is removed, and nothing else is.

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/relay.hpp>

#include <random>
#include <vector>

using namespace txq;
using namespace txq::test;

namespace {

std::string slots(database& db) {
    return db.value("select coalesce(string_agg(slot || ':' || rows, ' ' order by slot), 'empty') "
                    "from (select slot, count(*) as rows from txq.outbox group by slot) as used");
}

/// Moves what there is and tidies up.
void move_and_tidy(relay_by_hand& relay) {
    relay.move_all();
    relay.jobs.tidy();
}

} // namespace

TEST_CASE("moved rows stay for a turn of the ring and are then truncated") {
    database db;
    relay_by_hand relay{db};
    enqueue(db, 3);
    move_and_tidy(relay);
    CHECK(slots(db) == "0:3");
    enqueue(db, 2);
    move_and_tidy(relay);
    CHECK(slots(db) == "0:3 1:2");
    enqueue(db, 1);
    move_and_tidy(relay);
    CHECK(slots(db) == "1:2 2:1");
    enqueue(db, 5);
    move_and_tidy(relay);
    CHECK(slots(db) == "0:5 2:1");
}

TEST_CASE("an outbox that is left alone ends up empty") {
    database db;
    relay_by_hand relay{db};
    enqueue(db, 3);
    move_and_tidy(relay);
    relay.jobs.tidy();
    CHECK(slots(db) == "empty");
    CHECK(db.number("select sum(pg_relation_size(relid)) from pg_partition_tree('txq.outbox') where isleaf") == 0);
}

TEST_CASE("truncating leaves no dead rows behind") {
    database db;
    relay_by_hand relay{db};
    for (int i = 0; i < 6; ++i) {
        enqueue(db, 100);
        move_and_tidy(relay);
    }
    relay.jobs.tidy();
    enqueue(db, 1);
    db.query("vacuum (analyze) txq.outbox");
    CHECK(db.number(
              "select pg_table_size('txq.outbox_0') + pg_table_size('txq.outbox_1') + pg_table_size('txq.outbox_2')") <=
          8 * 8192);
    CHECK(relay.move_all() == 1);
}

TEST_CASE("rows that are not moved are never truncated") {
    database db;
    relay_by_hand relay{db};
    enqueue(db, 3);
    for (int i = 0; i < 5; ++i) {
        relay.jobs.tidy();
        enqueue(db, 1, "more");
    }
    CHECK(db.number("select count(*) from txq.outbox") == 8);
    CHECK(relay.move_all() == 8);
}

TEST_CASE("rows of a late transaction are not truncated before they are moved") {
    database db;
    relay_by_hand relay{db};
    transaction late{db};
    late.enqueue("late");
    enqueue(db, 1);
    move_and_tidy(relay);
    late.commit();
    for (int i = 0; i < 3; ++i) relay.jobs.tidy();
    CHECK(db.number("select count(*) from txq.outbox where kind = 'late'") == 1);
    CHECK(relay.move_all() == 1);
    for (int i = 0; i < 3; ++i) relay.jobs.tidy();
    CHECK(slots(db) == "empty");
}

TEST_CASE("a slot with half of a late transaction moved is not truncated") {
    database db;
    relay_by_hand relay{db, {.rows = 5}};
    transaction late{db};
    late.run("select txq.enqueue('late', '{}') from generate_series(1, 8)");
    enqueue(db, 1);
    move_and_tidy(relay);
    late.commit();
    CHECK(relay.jobs.move().jobs == 5);
    for (int i = 0; i < 3; ++i) relay.jobs.tidy();
    CHECK(db.number("select count(*) from txq.outbox where kind = 'late'") == 8);
    CHECK(relay.move_all() == 3);
}

TEST_CASE("rows that were rolled back are truncated with the others") {
    database db;
    relay_by_hand relay{db};
    transaction tx{db};
    tx.enqueue("rolled back");
    tx.roll_back();
    move_and_tidy(relay);
    relay.jobs.tidy();
    CHECK(db.number("select pg_relation_size('txq.outbox_0')") == 0);
}

TEST_CASE("the ring goes on around a slot that a transaction in progress has written to") {
    database db;
    relay_by_hand relay{db};
    transaction writer{db};
    writer.enqueue("written early");
    for (int i = 0; i < 6; ++i) {
        enqueue(db, 100);
        move_and_tidy(relay);
    }
    CHECK(db.number("select count(*) from txq.outbox") <= 300);
    writer.commit();
    CHECK(relay.move_all() == 1);
    CHECK(db.number("select count(*) from txq.jobs") == 601);
}

TEST_CASE("the ring goes on around a slot that a prepared transaction has written to") {
    database db;
    relay_by_hand relay{db};
    prepared_transaction prepared{db};
    for (int i = 0; i < 6; ++i) {
        enqueue(db, 10);
        move_and_tidy(relay);
    }
    CHECK(db.number("select count(*) from txq.outbox") <= 30);
    prepared.commit();
    CHECK(relay.move_all() == 1);
}

TEST_CASE("a slot that somebody reads is left for another time and nobody waits") {
    database db;
    relay_by_hand relay{db};
    enqueue(db, 1);
    move_and_tidy(relay);
    {
        transaction reader{db};
        reader.run("select * from txq.outbox");
        relay.jobs.tidy();
        relay.jobs.tidy();
        CHECK(slots(db) == "0:1");
        enqueue(db, 1); // by another session: not held up
    }
    move_and_tidy(relay);
    relay.jobs.tidy();
    CHECK(slots(db) == "empty");
}

TEST_CASE("a slot that a vacuum does not give up is left for another time and nobody waits") {
    database db;
    relay_by_hand relay{db};
    enqueue(db, 1);
    move_and_tidy(relay);
    {
        transaction vacuum{db}; // with the lock that one against wraparound keeps to its end
        vacuum.run("lock table txq.outbox_0 in share update exclusive mode");
        relay.jobs.tidy();
        enqueue(db, 1);
        CHECK(relay.move_all() == 1);
        relay.jobs.tidy();
        CHECK(slots(db).starts_with("0:1"));
    }
    relay.jobs.tidy();
    relay.jobs.tidy();
    CHECK(slots(db) == "empty");
}

TEST_CASE("truncating is refused to a transaction whose snapshot is older than its lock") {
    database db;
    pqxx::connection connection{db.url()};
    pqxx::nontransaction tx{connection};
    tx.exec("begin isolation level repeatable read");
    CHECK_THROWS_WITH(tx.exec("select txq.truncate_outbox('0', 0, '{}', '{}')"),
                      Catch::Matchers::Contains("use read committed"));
}

TEST_CASE("an enqueue that began before the turn and inserts after it is moved") {
    database db;
    relay_by_hand relay{db};
    enqueue(db, 1);
    transaction early{db};
    early.run(
        "prepare put as insert into txq.outbox (slot, id, operation_id, queue, kind, priority, max_attempts, payload) "
        "values ($1, gen_random_uuid(), gen_random_uuid(), 'default', 'early', 2, 20, '{}')");
    move_and_tidy(relay);
    relay.jobs.tidy();
    CHECK(slots(db) == "empty");
    early.run("execute put (0)"); // the slot it had been given before
    early.commit();
    relay.jobs.tidy();
    CHECK(relay.move_all() == 1);
}

TEST_CASE("no row is lost between four producers and a ring that turns all the time") {
    database db;
    auto const produce = [&](std::stop_token const& stop, unsigned seed) {
        std::minstd_rand random{seed};
        pqxx::connection connection{db.url()};
        auto const enqueue = [&](pqxx::work& tx, auto count) {
            tx.exec("insert into ledger select txq.enqueue('x', '{}') from generate_series(1, " +
                    std::to_string(count) + ")");
        };
        while (!stop.stop_requested()) {
            pqxx::work tx{connection};
            enqueue(tx, random() % 10);
            if (random() % 4 == 0) {
                tx.exec("savepoint part");
                enqueue(tx, 3);
                tx.exec("rollback to part");
            }
            if (random() % 5 != 0) tx.commit();
        }
    };
    db.query("create table ledger (id uuid)");
    {
        std::vector<std::jthread> producers;
        // faster than the producers on any machine: a table of the ring is only free once the relay has caught up with
        // it
        running_relay relay{db, {.limit = {.rows = 500}, .rotate_interval = std::chrono::milliseconds{1}}};
        for (unsigned seed = 1; seed <= 4; ++seed) producers.emplace_back(produce, seed);
        db.wait_until("select pg_sequence_last_value('txq.outbox_turn') > 20", "t");
        producers.clear();
        db.wait_until("select count(*) - (select count(*) from ledger) from txq.jobs", "0");
    }
    CHECK(db.number("select count(*) from txq.jobs") > 0);
    CHECK(db.number(
              "select count(*) from txq.jobs full join ledger using (id) where jobs.id is null or ledger.id is null") ==
          0);
}
