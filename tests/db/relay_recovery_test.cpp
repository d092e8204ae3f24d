// Databases that went back in time, were replaced, or are copies.

#include <support/catch.hpp>
#include <support/two_databases.hpp>

#include <string>
#include <vector>

#include <txq/log.hpp>

using namespace txq;
using namespace txq::test;

namespace {

void expect_each_once_after(two_databases& both, std::string const& disaster_in_queue) {
    enqueue(both.shop, 3);
    CHECK(both.move() == 3);
    both.complete("job1");
    both.queue.query(disaster_in_queue);
    enqueue(both.shop, 1, "new");
    both.move();
    CHECK(both.jobs() == "job2:1 job3:1 new1:1");
    enqueue(both.shop, 1, "newer");
    CHECK(both.move() == 1);
    CHECK(both.jobs() == "job2:1 job3:1 new1:1 newer1:1");
}

} // namespace

TEST_CASE("an outbox on another server is read anew and nothing is moved twice") {
    two_databases both;
    expect_each_once_after(both, "update txq.relay_batches set database = '1/1'");
}

TEST_CASE("an outbox whose server was promoted is read anew and nothing is moved twice") {
    two_databases both;
    expect_each_once_after(both, "update txq.relay_batches set timeline = 0");
}

TEST_CASE("an outbox that has lost commits is not moved from and the queue has it in writing") {
    two_databases both;
    enqueue(both.shop, 2, "first");
    CHECK(both.move() == 2);
    both.shop.query("select setval('txq.outbox_barrier', 0)");
    enqueue(both.shop, 1, "second");
    for (int tries = 0; tries < 2; ++tries) CHECK_THROWS_AS(both.move(), relay::stopped);
    CHECK(both.jobs() == "first1:1 first2:1");
    CHECK(both.queue.value("select concat_ws(' ', batch, kept_batch, why, resumed_at is null) from "
                           "txq.stopped_outboxes") == "1 0 lost_commits t");
}

TEST_CASE("a relay that others have overtaken does not make it look as if the outbox had lost commits") {
    two_databases both;
    relay_by_hand behind{both.shop, both.queue};
    for (int i = 0; i < 2; ++i) {
        enqueue(both.shop, 1);
        CHECK(both.move() == 1);
    }
    CHECK_THROWS_AS(behind.jobs.move(), relay::overtaken);
    CHECK(both.shop.value("select last_value from txq.outbox_barrier") == "2");
    enqueue(both.shop, 1, "new");
    CHECK(both.move() == 1);
}

TEST_CASE("an outbox that was stopped is read anew when a person has said so and nothing is moved twice") {
    two_databases both;
    enqueue(both.shop, 3);
    CHECK(both.move() == 3);
    both.complete("job1");
    SECTION("its batches went back") { both.shop.query("select setval('txq.outbox_barrier', 0)"); }
    SECTION("its transaction ids went back") {
        both.queue.query("update txq.relay_batches set position_txid = '9000000000'");
    }
    enqueue(both.shop, 1, "new");
    CHECK_THROWS_AS(both.move(), relay::stopped);
    both.resume();
    both.move();
    CHECK(both.jobs() == "job2:1 job3:1 new1:1");
    enqueue(both.shop, 1, "newer");
    CHECK(both.move() == 1);
    CHECK(both.jobs() == "job2:1 job3:1 new1:1 newer1:1");
}

TEST_CASE("an outbox that was stopped because its transaction ids went back stays so when they have caught up") {
    two_databases both;
    enqueue(both.shop, 1, "first");
    both.move();
    auto const position = both.queue.value("select position_txid from txq.relay_batches");
    both.queue.query("update txq.relay_batches set position_txid = '9000000000'");
    CHECK_THROWS_AS(both.move(), relay::stopped);
    both.queue.query("update txq.relay_batches set position_txid = '" + position + "'");
    CHECK_THROWS_AS(both.move(), relay::stopped);
}

TEST_CASE("who was told to go on though commits are lost reads anew without a person") {
    two_databases both;
    enqueue(both.shop, 1, "first");
    both.move();
    both.shop.query("select setval('txq.outbox_barrier', 0)");
    enqueue(both.shop, 1, "second");
    relay_by_hand{both.shop, both.queue, {}, relay::when_lost::go_on}.move_all();
    CHECK(both.jobs() == "first1:1 second1:1");
    both.shop.query("select setval('txq.outbox_barrier', 0)");
    CHECK_THROWS_AS(both.move(), relay::stopped); // what was said is not said of what is lost later
}

TEST_CASE("a relay that dies before it has written what it read anew leaves that to the next one") {
    two_databases both;
    enqueue(both.shop, 2, "old");
    both.move();
    // the rows that come now are in the place of others, whose commits are lost and whose jobs were moved
    both.queue.query("update txq.relay_batches set position_txid = (position_txid::text::bigint + 50)::text::xid8");
    both.shop.query("select setval('txq.outbox_barrier', 0)");
    enqueue(both.shop, 1, "new");
    for (int i = 0; i < 60; ++i) both.shop.query("select pg_current_xact_id()"); // its ids catch up
    CHECK_THROWS_AS(both.move(), relay::stopped);
    both.resume();
    {
        relay_by_hand dies{both.shop, both.queue};
        dies.from.flush(2, 0);
    }
    both.move();
    CHECK(both.jobs() == "new1:1 old1:1 old2:1");
}

TEST_CASE("what a stopped outbox was found to lack is forgotten when a server is there that has it") {
    two_databases both;
    enqueue(both.shop, 1, "first");
    both.move();
    auto const barrier = both.shop.value("select last_value from txq.outbox_barrier");
    both.shop.query("select setval('txq.outbox_barrier', 0)");
    CHECK_THROWS_AS(both.move(), relay::stopped);
    both.shop.query("select setval('txq.outbox_barrier', " + barrier + ")");
    enqueue(both.shop, 1, "second");
    both.move();
    CHECK(both.jobs() == "first1:1 second1:1");
    CHECK(both.queue.number("select count(*) from txq.stopped_outboxes as one where batch = (select max(batch) from "
                            "txq.relay_batches)") == 0);
}

TEST_CASE("rows from a dump whose transaction ids are yet to come are moved once") {
    two_databases both;
    enqueue(both.shop, 2, "dumped");
    both.shop.query("update txq.outbox set txid = (8000000000 + seq)::text::xid8");
    both.queue.query("insert into txq.relay_batches (source, database, batch, timeline, position_txid, "
                     "position_seq, late_txids, late_seqs, jobs, relay) values ('" +
                     both.shop.value("select id from txq.outbox_source") +
                     "', '1/1', 17, 1, '8000000000', 0, '{}', '{}', 0, 'old:1')");
    enqueue(both.shop, 2, "new");
    CHECK(both.move() == 4);
    CHECK(both.move() == 0);
    CHECK(both.jobs() == "dumped1:1 dumped2:1 new1:1 new2:1");
}

TEST_CASE("reading anew is recorded so that it is done once") {
    two_databases both;
    enqueue(both.shop, 1);
    both.move();
    both.queue.query("update txq.relay_batches set database = '1/1'");
    relay_by_hand first{both.shop, both.queue};
    first.move_all();
    auto const batches = both.queue.number("select max(batch) from txq.relay_batches");
    relay_by_hand second{both.shop, both.queue};
    second.move_all();
    CHECK(both.queue.number("select max(batch) from txq.relay_batches") == batches);
}

TEST_CASE("a relay that takes over while an outbox is read anew leaves out what was processed as well") {
    two_databases both;
    enqueue(both.shop, 5);
    both.move();
    for (auto const* kind : {"job4", "job5"}) both.complete(kind);
    both.queue.query("update txq.relay_batches set timeline = 0");
    relay_by_hand{both.shop, both.queue, {.rows = 2}}.jobs.move();
    both.move();
    CHECK(both.jobs() == "job1:1 job2:1 job3:1");
    CHECK(both.queue.value("select again from txq.relay_batches order by batch desc limit 1") == "f");
}

TEST_CASE("nothing is removed from an outbox that is being read anew") {
    two_databases both;
    enqueue(both.shop, 5);
    both.move();
    both.queue.query("update txq.relay_batches set database = '1/1'; delete from txq.jobs");
    relay_by_hand relay{both.shop, both.queue, {.rows = 2}};
    relay.jobs.tidy();
    relay.jobs.tidy();
    relay.jobs.move();
    relay.jobs.tidy();
    relay.jobs.tidy();
    relay.move_all();
    CHECK(both.queue.number("select count(*) from txq.jobs") == 5);
}

TEST_CASE("a primary that was replaced by another one is not moved from") {
    two_databases both;
    enqueue(both.shop, 1);
    both.move();
    both.queue.query("update txq.relay_batches set timeline = 77");
    enqueue(both.shop, 1, "diverged");
    CHECK_THROWS_WITH(both.move(), Catch::Matchers::Contains("jobs of a successor"));
    CHECK(both.jobs() == "job1:1");
}

TEST_CASE("a primary that was replaced is moved from again when somebody has said so") {
    two_databases both;
    enqueue(both.shop, 2);
    both.move();
    both.complete("job1");
    both.queue.query("update txq.relay_batches set timeline = 77");
    both.shop.query("select setval('txq.outbox_barrier', 0)");
    enqueue(both.shop, 1, "diverged");
    CHECK_THROWS_AS(both.move(), relay::stopped);
    both.resume();
    both.move();
    CHECK(both.jobs() == "diverged1:1 job2:1");
}

TEST_CASE("a successor is moved from though somebody has tried the old server") {
    two_databases both;
    enqueue(both.shop, 1);
    both.move();
    both.queue.query("update txq.relay_batches set timeline = 77");
    CHECK_THROWS_AS(both.move(), relay::stopped);
    both.queue.query("update txq.relay_batches set timeline = 1"); // as it is for the successor
    enqueue(both.shop, 1, "new");
    both.move();
    CHECK(both.jobs() == "job1:1 new1:1");
}

TEST_CASE("what the queue has lost is moved again as long as the outbox has it") {
    two_databases both;
    relay_by_hand relay{both.shop, both.queue};
    enqueue(both.shop, 1, "kept");
    relay.step();
    for (auto const* kind : {"lost", "lost_too", "and_this"}) {
        enqueue(both.shop, 1, kind);
        relay.step();
        relay.jobs.tidy(); // leaves what it has just moved
    }
    both.queue.query(
        "delete from txq.relay_batches where batch > 2; delete from txq.jobs where kind in ('lost_too1', 'and_this1')");
    // nor was anybody else's transaction in progress, in another database of the server, whose jobs may be gone
    both.queue.query("update txq.relay_batches set late_txids = '{}', late_seqs = '{}'");
    CHECK(both.move() == 2);
    CHECK(both.jobs() == "and_this1:1 kept1:1 lost1:1 lost_too1:1");
}

namespace {

/// Three jobs, a batch each, none of which is left in the outbox.
void move_and_truncate(two_databases& both) {
    relay_by_hand relay{both.shop, both.queue};
    for (auto const* kind : {"kept", "gone", "gone_too"}) {
        enqueue(both.shop, 1, kind);
        relay.step();
    }
    for (int i = 0; i < 3; ++i) relay.jobs.tidy(); // nothing is written meanwhile: all of it is truncated
}

void forget_all_but_the_first(database& queue) {
    queue.query("delete from txq.relay_batches where batch > 1; delete from txq.jobs where kind <> 'kept1'");
}

} // namespace

TEST_CASE("jobs that the queue has lost and the outbox does not have any more stop it until a person says so") {
    two_databases both;
    move_and_truncate(both);
    enqueue(both.shop, 1, "there");
    both.move();
    forget_all_but_the_first(both.queue);
    for (int i = 0; i < 2; ++i) {
        CHECK_THROWS_WITH(both.move(), Catch::Matchers::Contains("lacks batches whose jobs the outbox does not have"));
        CHECK(both.jobs() == "kept1:1");
    }
    CHECK(both.queue.value("select why || ' ' || batch || ' ' || kept_batch from txq.stopped_outboxes") ==
          "queue_lost_jobs 1 4");
    both.resume();
    CHECK(both.move() == 1);
    CHECK(both.jobs() == "kept1:1 there1:1");
    enqueue(both.shop, 1, "new");
    CHECK(both.move() == 1);
}

TEST_CASE("a relay that was told to goes on where the queue has lost jobs that are gone") {
    two_databases both;
    move_and_truncate(both);
    forget_all_but_the_first(both.queue);
    enqueue(both.shop, 1, "new");
    relay_by_hand told{both.shop, both.queue, {}, relay::when_lost::go_on};
    CHECK(told.move_all() == 1);
    CHECK(both.jobs() == "kept1:1 new1:1");
}

TEST_CASE("a queue that has lost the only batch which the outbox may have forgotten is told from a relay that died") {
    two_databases both;
    std::vector<std::string> errors;
    log::set_sink([&](log::level severity, std::string_view event, std::vector<log::field> const&) {
        if (severity == log::level::error) errors.emplace_back(event);
    });
    enqueue(both.shop, 1);
    {
        relay_by_hand relay{both.shop, both.queue};
        relay.step();
        relay.jobs.tidy();
        relay.jobs.tidy();
    }
    both.move();
    CHECK(errors.empty());
    both.queue.query("delete from txq.relay_batches; delete from txq.jobs");
    both.move();
    log::set_sink(log::text_sink());
    REQUIRE(errors.size() == 1);
    CHECK_THAT(errors.front(), Catch::Matchers::Contains("the queue has lost batches"));
}

TEST_CASE("what a server makes of nulls in arrays does not matter") {
    two_databases both;
    for (auto* one : {&both.shop, &both.queue}) one->query("alter database " + one->name() + " set array_nulls = off");
    enqueue(both.shop, 2);
    CHECK(both.move() == 2);
    CHECK(both.queue.number("select count(*) from txq.jobs where state = 'ready' and headers is null") == 2);
}

TEST_CASE("copies of an outbox are moved from side by side") {
    two_databases both;
    database copy{database::schema::outbox}; // of the same template, so with the same id
    CHECK(both.shop.value("select id from txq.outbox_source") == copy.value("select id from txq.outbox_source"));
    relay_by_hand one{both.shop, both.queue};
    relay_by_hand other{copy, both.queue};
    for (int i = 0; i < 3; ++i) {
        enqueue(both.shop, 1, "shop" + std::to_string(i) + "_");
        enqueue(copy, 1, "copy" + std::to_string(i) + "_");
        CHECK(one.step() == 1);
        CHECK(other.step() == 1);
    }
    CHECK(both.jobs() == "copy0_1:1 copy1_1:1 copy2_1:1 shop0_1:1 shop1_1:1 shop2_1:1");
}
