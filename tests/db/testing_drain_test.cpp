#include <support/catch.hpp>
#include <support/database.hpp>

#include <thread>

#include <pqxx/version>
#include <txq/schedules.hpp>
#include <txq/testing.hpp>

using namespace std::chrono_literals;
using namespace txq;
using txq::test::database;
using txq::testing::drain;
using txq::testing::inline_worker;

namespace {

/// A transaction that the test rolls back, and a table for effects.
struct bench {
    bench() { db.query("create table notes (text text unique)"); }

    std::string notes() {
        return tx.exec("select coalesce(string_agg(text, ' ' order by text), '') from notes")[0][0].c_str();
    }

    database db;
    pqxx::connection connection{db.url()};
    pqxx::work tx{connection};
};

/// Writes each job's payload, which is a string, as a note.
registry writing_notes() {
    registry handlers;
    handlers.add("note", [](raw_job const& job, context&, pqxx::work& tx) {
        tx.exec("insert into notes values (" + tx.quote(nlohmann::json::parse(job.payload).get<std::string>()) + ")");
    });
    return handlers;
}

} // namespace

TEST_CASE("whatever a transaction enqueues is drained within it and nothing stays") {
    bench on;
    on.db.query("create table orders (id int)");
    on.db.query("create function enqueue_note() returns trigger language plpgsql as $$ begin "
                "perform txq.enqueue('note', to_jsonb('trigger'::text)); return null; end $$");
    on.db.query("create trigger orders_note after insert on orders for each row execute function enqueue_note()");

    enqueue(on.tx, "note", R"("one")");
    enqueue_many(on.tx, "note", std::vector<new_job>{{.payload = R"("many")"}});
    on.tx.exec("select txq.enqueue('note', '\"sql\"', delay => '1 hour')");
    on.tx.exec("insert into orders values (1)");
    {
        pqxx::subtransaction inner{on.tx};
        enqueue(inner, "note", R"("inner")");
        inner.commit();
    }

    CHECK(drain(on.tx, writing_notes()).size() == 5);
    CHECK(on.notes() == "inner many one sql trigger");
    on.tx.abort();
    CHECK(on.db.number("select count(*) from notes") == 0);
    CHECK(on.db.number("select count(*) from txq.outbox") == 0);
    CHECK(on.db.number("select count(*) from txq.processed_jobs") == 0);
}

TEST_CASE("runs of schedules that a transaction asks for are drained within it") {
    bench on;
    on.tx.exec("select txq.add_schedule('nightly', '@daily', 'note', '\"sql\"')");
    on.tx.exec("select txq.run_schedule('nightly')");
    add_schedule(on.tx, "hourly", "@hourly", "note", R"("inner")");
    {
        pqxx::subtransaction inner{on.tx};
        run_schedule(inner, "hourly");
        inner.commit();
    }
    auto const ran = drain(on.tx, writing_notes());
    REQUIRE(ran.size() == 2);
    CHECK(ran[0].job.headers.at("schedule") == "nightly");
    CHECK(on.notes() == "inner sql");
    CHECK(drain(on.tx, writing_notes()).at(0).duplicate);
}

TEST_CASE("what others have enqueued is not drained") {
    bench on;
    on.db.query("select txq.enqueue('note', '\"other\"')");
    on.db.query("select txq.add_schedule('nightly', '@daily', 'note', '\"other\"')");
    on.db.query("select txq.run_schedule('nightly')");
    CHECK(drain(on.tx, writing_notes()).empty());
}

TEST_CASE("a failed attempt is undone and the transaction goes on") {
    bench on;
    auto handlers = writing_notes();
    handlers.add("fails", [](raw_job const&, context&, pqxx::work& tx) {
        tx.exec("insert into notes values ('undone')");
        throw job_error{"no", {.type = "busy"}};
    });
    enqueue(on.tx, "fails", "{}", {.max_attempts = 2});
    enqueue(on.tx, "note", R"("last")");
    auto const ran = drain(on.tx, handlers);
    REQUIRE(ran.size() == 3);
    CHECK(ran[0].became == "scheduled");
    CHECK(ran[0].error->type == "busy");
    CHECK(ran[2].became == "dead");
    CHECK(on.notes() == "last");
}

TEST_CASE("a statement that fails is an attempt that failed or is said to have ended the transaction") {
    bench on;
    enqueue(on.tx, "note", R"("same")");
    enqueue(on.tx, "note", R"("same")", {.max_attempts = 1});
#if PQXX_VERSION_MAJOR >= 7
    auto const ran = drain(on.tx, writing_notes());
    CHECK(ran.at(1).became == "dead");
    CHECK(ran.at(1).error->type == "sqlstate:23505");
    CHECK(on.notes() == "same");
#else
    CHECK_THROWS_WITH(drain(on.tx, writing_notes()),
                      Catch::Matchers::Contains("of a job of kind note") && Catch::Matchers::Contains("[23505]"));
#endif
}

TEST_CASE("jobs that handlers enqueue in the transaction are drained as well") {
    bench on;
    auto handlers = writing_notes();
    handlers.add("first", [](raw_job const&, context&, pqxx::work& tx) {
        enqueue(tx, "note", R"("followed")");
        tx.exec("select txq.enqueue('note', '\"from SQL\"')");
    });
    handlers.add("fails", [](raw_job const& job, context&, pqxx::work& tx) {
        enqueue(tx, "note", "\"attempt " + std::to_string(job.attempt) + "\"");
        if (job.attempt == 1) throw std::runtime_error{"no"};
    });
    enqueue(on.tx, "first", "{}");
    enqueue(on.tx, "fails", "{}");
    drain(on.tx, handlers);
    CHECK(on.notes() == "attempt 2 followed from SQL");
}

TEST_CASE("jobs of an order are drained one after the other") {
    bench on;
    std::string order;
    registry handlers;
    handlers.add("note", [&](raw_job const& job, context&) {
        order += job.payload;
        if (job.payload == "1") throw std::runtime_error{"no"};
    });
    on.tx.exec("select txq.enqueue('note', '1', order_key => 'a', max_attempts => 1)");
    on.tx.exec("select txq.enqueue('note', '2', order_key => 'a', priority => 0)");
    on.tx.exec("select txq.enqueue('note', '1', order_key => 'b', max_attempts => 1, order_holds => false)");
    on.tx.exec("select txq.enqueue('note', '3', order_key => 'b')");
    drain(on.tx, handlers);
    CHECK(order == "113");
}

TEST_CASE("an operation is run once within a transaction as well") {
    bench on;
    auto const once = [&] { enqueue(on.tx, "note", R"("one")", {.operation_id = "order 1"}); };
    once();
    once();
    auto const ran = drain(on.tx, writing_notes());
    REQUIRE(ran.size() == 2);
    CHECK(ran[1].duplicate);
    CHECK(on.notes() == "one");
}

TEST_CASE("delays in a database pass by the clock of the test") {
    bench on;
    auto time = txq::testing::clock_of(on.tx);
    inline_worker worker{writing_notes(), on.tx, time};
    enqueue(on.tx, "note", R"("later")", {.delay = 10min});
    CHECK(worker.run_due().empty());
    time.advance(599s);
    CHECK(worker.run_due().empty());
    time.advance(1s);
    CHECK(worker.run_due().size() == 1);
    CHECK(on.notes() == "later");
}

TEST_CASE("a handler without a transaction is run in a database as well") {
    bench on;
    int calls = 0;
    registry handlers;
    handlers.add("plain", [&](raw_job const&, context&) {
        if (++calls == 1) throw std::runtime_error{"no"};
    });
    enqueue(on.tx, "plain", "{}");
    CHECK(drain(on.tx, handlers).back().became == "completed");
    CHECK(calls == 2);
}

TEST_CASE("a capture takes what is enqueued in any transaction and sends nothing") {
    bench on;
    txq::testing::clock time;
    txq::testing::memory_outbox outbox{time};
    {
        txq::testing::capture const all{outbox};
        CHECK_THROWS_AS(txq::testing::capture{outbox}, std::logic_error);
        enqueue(on.tx, "note", R"("one")");
        enqueue_many(on.tx, "note", std::vector<new_job>{{.payload = R"("two")"}});
        std::thread{[&] { enqueue(on.tx, "note", R"("three")"); }}.join();
        CHECK(on.tx.exec("select count(*) from txq.outbox")[0][0].as<int>() == 0);
    }
    CHECK(outbox.size() == 3);
    enqueue(on.tx, "note", R"("four")");
    CHECK(outbox.size() == 3);
    CHECK(on.tx.exec("select count(*) from txq.outbox")[0][0].as<int>() == 1);
}
