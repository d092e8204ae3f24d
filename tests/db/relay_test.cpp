// What the relay moves, one step at a time.

#include <future>

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/relay.hpp>

using namespace txq;
using namespace txq::test;

TEST_CASE("jobs are moved from one database to another as they were enqueued") {
    database shop{database::schema::outbox};
    database queue{database::schema::queue};
    shop.query("select txq.enqueue('send_receipt', '{\"order\": 42, \"text\": \"\\\"q\\\\, {}\"}', queue => 'mail', "
               "priority => 1, max_attempts => 7, operation_id => 'receipt 42', headers => '{\"traceparent\": "
               "\"00-1\"}', tenant => 'acme')");
    relay_by_hand relay{shop, queue};

    CHECK(relay.step() == 1);

    auto const everything =
        "select id, operation_id, queue, kind, priority, max_attempts, payload, headers, enqueued_at";
    auto const outbox = shop.query(std::string{everything} + " from txq.outbox")[0];
    auto const job = queue.query(std::string{everything} + ", state, attempt, fence, run_at = enqueued_at as at_once, "
                                                           "worker, tenant from txq.jobs")[0];
    for (auto const& field : outbox) CHECK(std::string{job[field.name()].c_str()} == field.c_str());
    CHECK(job["state"].as<std::string>() == "ready");
    CHECK(job["attempt"].as<int>() == 0);
    CHECK(job["at_once"].as<bool>());
    CHECK(job["tenant"].as<std::string>() == "acme");
}

TEST_CASE("jobs are moved within one database") {
    database db;
    enqueue(db, 3);
    relay_by_hand relay{db};
    CHECK(relay.step() == 3);
    CHECK(relay.step() == 0);
    CHECK(moved_kinds(db) == "job1 job2 job3");
}

TEST_CASE("a job that is not due yet arrives scheduled and one whose time has passed arrives ready") {
    database db;
    db.query("select txq.enqueue('later', '{}', delay => '1 hour')");
    db.query("select txq.enqueue('past', '{}', run_at => now() - interval '1 hour')");
    relay_by_hand{db}.move_all();
    CHECK(
        db.value("select string_agg(kind || ' ' || state || ' ' || (seq is null), ', ' order by kind) from txq.jobs") ==
        "later scheduled true, past ready false");
}

TEST_CASE("jobs are in the queue in the order in which they were enqueued") {
    database db;
    transaction first{db};
    transaction second{db};
    second.enqueue("a"); // the transaction with the greater id enqueues first
    first.enqueue("b");
    second.enqueue("c");
    first.commit();
    second.commit();
    relay_by_hand{db}.move_all();
    CHECK(moved_kinds(db) == "a b c");
}

TEST_CASE("workers of the queues that got ready jobs are notified once a batch") {
    database db;
    pqxx::connection listening{db.url()};
    std::vector<std::string> woken;
    pq::listener const listener{listening, "txq_jobs", [&](std::string_view queue) { woken.emplace_back(queue); }};
    db.query("select txq.enqueue('x', '{}', queue => 'a') from generate_series(1, 3)");
    db.query("select txq.enqueue('x', '{}', queue => 'b', delay => '1 hour')");
    relay_by_hand{db}.move_all();
    db.query("notify txq_jobs, 'that is all'");
    while (woken.empty() || woken.back() != "that is all")
        if (listening.await_notification(10, 0) == 0) break;
    CHECK(woken == std::vector<std::string>{"a", "that is all"});
}

TEST_CASE("a large transaction is moved in several batches") {
    database db;
    enqueue(db, 250);
    relay_by_hand relay{db, {.rows = 100}};
    CHECK(relay.jobs.move().jobs == 100);
    CHECK(relay.jobs.move().jobs == 100);
    auto const last = relay.jobs.move();
    CHECK(last.jobs == 50);
    CHECK_FALSE(last.more);
    CHECK(db.number("select count(distinct id) from txq.jobs") == 250);
    CHECK(db.number("select count(*) from txq.relay_batches") == 3);
}

TEST_CASE("the next batch is read while one is written") {
    database shop{database::schema::outbox};
    database queue{database::schema::queue};
    enqueue(shop, 250);
    relay_by_hand relay{shop, queue, {.rows = 100}};
    std::future<int> writing;
    transaction reader{queue};
    reader.run("lock table txq.jobs in share mode");
    writing = std::async(std::launch::async, [&] { return relay.jobs.move().jobs; });
    queue.wait_until("select count(*) from pg_locks where relation = 'txq.jobs'::regclass and not granted", "1");
    shop.wait_until("select exists (select from pg_stat_activity where datname = current_database() "
                    "and pid <> pg_backend_pid() and query like '-- The next jobs to move%')",
                    "t");
    reader.commit();
    CHECK(writing.get() == 100);
    enqueue(shop, 1, "meanwhile");
    CHECK(relay.move_all() == 151);
    CHECK(queue.number("select count(distinct id) from txq.jobs") == 251);
}

TEST_CASE("a large transaction that commits late is moved in several batches while others come and go") {
    database db;
    transaction late{db};
    late.run("select txq.enqueue('late', '{}') from generate_series(1, 25)");
    relay_by_hand relay{db, {.rows = 10}};
    enqueue(db, 1, "before");
    CHECK(relay.step() == 1);
    late.commit();
    int moved = 0;
    for (int i = 1; i <= 5; ++i) {
        enqueue(db, 1, "during" + std::to_string(i));
        moved += relay.step();
    }
    CHECK(moved == 30);
    CHECK(relay.step() == 0);
    CHECK(db.number("select count(*) from txq.jobs") == 31);
}

TEST_CASE("a relay that begins in the midst of a late transaction goes on where the last one was") {
    database db;
    transaction late{db};
    late.run("select txq.enqueue('late', '{}') from generate_series(1, 25)");
    enqueue(db, 1);
    relay_by_hand{db}.move_all();
    late.commit();
    for (auto const expected : {10, 10, 5, 0}) {
        relay_by_hand relay{db, {.rows = 10}};
        CHECK(relay.step() == expected);
    }
    CHECK(db.number("select count(*) from txq.jobs") == 26);
}

TEST_CASE("a batch ends where its bytes are used up but has one job at least") {
    database db;
    auto const enqueue_bytes = [&](int bytes) {
        // random, so that it is stored as large as it is
        db.query(
            "select txq.enqueue('x', to_jsonb((select string_agg(md5(random()::text), '') from generate_series(1, " +
            std::to_string(bytes / 32) + "))))");
    };
    for (auto const size : {32'000, 3'200, 3'200, 3'200, 3'200}) enqueue_bytes(size);
    relay_by_hand relay{db, {.rows = 1000, .bytes = 7000}};
    CHECK(relay.jobs.move().jobs == 1);
    CHECK(relay.jobs.move().jobs == 2);
    auto const last = relay.jobs.move();
    CHECK(last.jobs == 2);
    CHECK_FALSE(last.more);
}

TEST_CASE("the bytes of payloads that were compressed count as what they become") {
    database shop{database::schema::outbox};
    database queue{database::schema::queue};
    shop.query(
        "select txq.enqueue('test', jsonb_build_object('x', repeat('hello ', 10000))) from generate_series(1, 100)");
    relay_by_hand relay{shop, queue, {.bytes = 1'000'000}};
    int moved = 0;
    for (int batches = 0; batches < 4; ++batches) {
        auto const jobs = relay.jobs.move().jobs;
        CHECK(jobs <= 16);
        CHECK(jobs >= 8);
        moved += jobs;
    }
    CHECK(moved + relay.move_all() == 100);
}

TEST_CASE("the bytes of late transactions count as well") {
    database db;
    auto const many = [](std::string const& kind) {
        return "select txq.enqueue('" + kind +
               "', to_jsonb((select string_agg(md5(random()::text), '') "
               "from generate_series(1, 100)))) from generate_series(1, 4)";
    };
    transaction late{db};
    late.run(many("late"));
    transaction later{db};
    later.run(many("later"));
    enqueue(db, 1);
    relay_by_hand relay{db, {.rows = 1000, .bytes = 7000}};
    CHECK(relay.move_all() == 1);
    db.query(many("new"));
    late.commit();
    later.commit();
    CHECK(relay.move_all() == 12);
    CHECK(db.number("select count(*) from txq.jobs") == 13);
}

TEST_CASE("transactions that commit in another order than they began are moved once each") {
    database db;
    relay_by_hand relay{db};
    transaction first{db};
    transaction second{db};
    first.enqueue("first");
    second.enqueue("second");
    CHECK(relay.step() == 0);
    second.commit();
    CHECK(relay.step() == 1);
    CHECK(relay.step() == 0);
    first.commit();
    CHECK(relay.step() == 1);
    CHECK(relay.step() == 0);
    CHECK(moved_kinds(db) == "second first");
}

TEST_CASE("what is rolled back is not moved") {
    database db;
    relay_by_hand relay{db};
    transaction whole{db};
    whole.enqueue("rolled back");
    auto const is_late =
        "select '" + whole.id() + "'::xid8 = any (late_txids) from txq.relay_batches order by batch desc limit 1";
    enqueue(db, 1);
    CHECK(relay.step() == 1);
    CHECK(db.value(is_late) == "t");
    whole.roll_back();
    enqueue(db, 1);
    CHECK(relay.move_all() == 1);
    CHECK(db.number("select count(*) from txq.jobs where kind = 'rolled back'") == 0);
    CHECK(db.value(is_late) == "f");
}

TEST_CASE("a transaction rolled back in part is moved without that part") {
    database db;
    relay_by_hand relay{db};
    transaction tx{db};
    tx.enqueue("a");
    tx.run("savepoint one");
    tx.enqueue("b");
    tx.run("rollback to one");
    tx.enqueue("c");
    tx.run("savepoint two");
    tx.enqueue("d");
    tx.run("release two");
    enqueue(db, 1, "meanwhile");
    CHECK(relay.step() == 1);
    tx.commit();
    CHECK(relay.move_all() == 3);
    CHECK(moved_kinds(db) == "meanwhile1 a c d");
}

TEST_CASE("a transaction whose every insert is in a subtransaction is moved") {
    database db;
    relay_by_hand relay{db};
    transaction tx{db};
    tx.run("do $$ begin for i in 1..100 loop begin perform txq.enqueue('sub', '{}'); exception when others then null; "
           "end; end loop; end $$"); // more subtransactions than a snapshot lists
    enqueue(db, 1);
    CHECK(relay.step() == 1);
    tx.commit();
    CHECK(relay.move_all() == 100);
}

TEST_CASE("a prepared transaction is moved when it is committed, however late, and does not hold up others") {
    database db;
    relay_by_hand relay{db};
    prepared_transaction prepared{db};
    for (int i = 0; i < 5; ++i) {
        enqueue(db, 1);
        CHECK(relay.step() == 1);
        relay.jobs.tidy();
    }
    prepared.commit();
    CHECK(relay.step() == 1);
    CHECK(db.number("select count(*) from txq.jobs where kind = 'prepared'") == 1);
}

TEST_CASE("no batch is written when there is nothing to move") {
    database db;
    relay_by_hand relay{db};
    transaction in_progress{db};
    in_progress.enqueue("not yet");
    db.query("create table other (i integer)");
    for (int i = 0; i < 10; ++i) {
        db.query("insert into other values (1)");
        CHECK(relay.step() == 0);
        CHECK(relay.move_all() == 0);
    }
    CHECK(db.number("select count(*) from txq.relay_batches") == 0);
    in_progress.commit();
    CHECK(relay.step() == 1);
}

TEST_CASE("the position that is recorded is enough for another relay to go on from") {
    database db;
    transaction late{db};
    late.enqueue("late");
    int expected = 0;
    for (int i = 0; i < 20; ++i) {
        enqueue(db, i % 5);
        expected += i % 5;
        relay_by_hand{db, {.rows = 3}}.move_all();
    }
    late.commit();
    relay_by_hand{db}.move_all();
    CHECK(db.number("select count(*) from txq.jobs") == expected + 1);
}

TEST_CASE("a relay that dies between the barrier and the batch has moved nothing") {
    database shop{database::schema::outbox};
    database queue{database::schema::queue};
    enqueue(shop, 3);
    {
        relay_by_hand dying{shop, queue};
        dying.from.read({}, {});
        dying.from.flush(1, 0);
    }
    CHECK(queue.number("select count(*) from txq.jobs") == 0);
    CHECK(relay_by_hand{shop, queue}.move_all() == 3);
    CHECK(queue.number("select count(*) from txq.jobs") == 3);
}

TEST_CASE("a relay that dies before it has heard that its batch is written does not move it twice") {
    database db;
    enqueue(db, 3);
    {
        relay_by_hand dying{db};
        dying.jobs.move();
    }
    enqueue(db, 1, "next");
    CHECK(relay_by_hand{db}.move_all() == 1);
    CHECK(db.number("select count(*) from txq.jobs") == 4);
}

TEST_CASE("of two relays at the same position one moves the jobs and the other is told so") {
    database db;
    relay_by_hand one{db};
    relay_by_hand other{db};
    enqueue(db, 3);
    CHECK(one.step() == 3);
    CHECK_THROWS_AS(other.step(), relay::overtaken);
    CHECK_THROWS_AS(other.jobs.tidy(), relay::overtaken);
    CHECK(db.number("select count(*) from txq.jobs") == 3);
}

TEST_CASE("a relay that was away for longer than batches are remembered for moves nothing twice") {
    database db;
    relay_by_hand asleep{db};
    enqueue(db, 3);
    relay_by_hand{db}.move_all();
    enqueue(db, 1);
    relay_by_hand{db}.move_all();
    db.query("delete from txq.jobs");
    db.query("delete from txq.relay_batches where batch = 1");
    CHECK_THROWS_AS(asleep.step(), relay::overtaken);
    CHECK(db.number("select count(*) from txq.jobs") == 0);
}

TEST_CASE("a job whose id is in the queue already is left as it is and does not stop others") {
    database db;
    enqueue(db, 3);
    db.query("insert into txq.jobs (id, operation_id, queue, kind, priority, state, run_at, max_attempts, finished_at, "
             "enqueued_at, payload) select id, id, queue, 'there before', 2, 'dead', now(), 1, now(), now(), '{}' "
             "from txq.outbox where kind = 'job2'");
    CHECK(relay_by_hand{db}.move_all() == 3);
    CHECK(db.value("select string_agg(kind || ' ' || state, ', ' order by kind) from txq.jobs") ==
          "job1 ready, job3 ready, there before dead");
}
