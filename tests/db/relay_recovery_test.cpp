// Databases that went back in time or were replaced, and jobs that cannot be moved.

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/relay.hpp>

#include <string>
#include <vector>

#include <txq/log.hpp>

using namespace txq;
using namespace txq::test;

namespace {

struct two_databases {
    database shop{database::schema::outbox};
    database queue{database::schema::queue};

    int move() { return relay_by_hand{shop, queue}.move_all(); }
    /// Kinds in the queue, with how many jobs each.
    std::string jobs() {
        return queue.value("select coalesce(string_agg(kind || ':' || jobs, ' ' order by kind), 'none') "
                           "from (select kind, count(*) as jobs from txq.jobs group by kind) as kinds");
    }
    /// As txq outboxes resume does it.
    void resume() { queue.query("update txq.stopped_outboxes set resumed_at = now()"); }
    /// As a worker does it.
    void complete(std::string const& kind) {
        queue.query("with done as (delete from txq.jobs where kind = '" + kind +
                    "' returning *) insert into txq.processed_jobs (operation_id, job_id, queue, kind, attempt) "
                    "select operation_id, id, queue, kind, 1 from done");
    }
};

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
        dies.from.flush(2);
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
    CHECK(both.move() == 2);
    CHECK(both.jobs() == "and_this1:1 kept1:1 lost1:1 lost_too1:1");
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

TEST_CASE("a job that the queue refuses is put aside with the reason and those around it are moved") {
    two_databases both;
    both.queue.query("alter table txq.jobs add constraint no_poison check (kind not like 'poison%')");
    for (auto const* kind : {"a", "poison", "b", "poison", "c"}) enqueue(both.shop, 3, kind);
    relay_by_hand relay{both.shop, both.queue};
    relay.move_all();
    CHECK(both.jobs() == "a1:1 a2:1 a3:1 b1:1 b2:1 b3:1 c1:1 c2:1 c3:1");
    CHECK(both.shop.number(
              "select count(*) from txq.outbox_rejected where kind like 'poison%' and why like '%no_poison%'") == 6);
    CHECK(relay.move_all() == 0);
}

TEST_CASE("what was read ahead of a batch that is refused is moved once") {
    two_databases both;
    both.queue.query("alter table txq.jobs add constraint no_poison check (kind <> 'job150')");
    enqueue(both.shop, 450);
    relay_by_hand{both.shop, both.queue, {.rows = 100}}.move_all();
    CHECK(both.queue.number("select count(distinct id) from txq.jobs") == 449);
    CHECK(both.shop.value("select string_agg(kind, ' ') from txq.outbox_rejected") == "job150");
}

TEST_CASE("a late job that the queue refuses is put aside while others commit") {
    two_databases both;
    both.queue.query("alter table txq.jobs add constraint no_poison check (kind <> 'poison')");
    relay_by_hand relay{both.shop, both.queue, {.rows = 2}};
    transaction late{both.shop};
    for (auto const* kind : {"a", "poison", "b"}) late.enqueue(kind);
    transaction later{both.shop};
    later.enqueue("c");
    enqueue(both.shop, 1, "meanwhile");
    relay.move_all();
    late.commit();
    relay.jobs.move();
    later.commit();
    relay.move_all();
    CHECK(both.jobs() == "a:1 b:1 c:1 meanwhile1:1");
    CHECK(both.shop.number("select count(*) from txq.outbox_rejected") == 1);
}

TEST_CASE("of rows with the same id in a batch one becomes a job and those around them are moved") {
    two_databases both;
    enqueue(both.shop, 1, "before");
    both.shop.query("insert into txq.outbox (id, kind, payload) select id, 'twin', '{}' "
                    "from gen_random_uuid() as id, generate_series(1, 2)");
    enqueue(both.shop, 1, "behind");
    SECTION("of another database") {
        both.move();
        CHECK(both.jobs() == "before1:1 behind1:1 twin:1");
        CHECK(both.move() == 0);
    }
    SECTION("beside jobs that are decided about") {
        both.shop.query("select txq.enqueue('unique', '{}', unique_by => '{\"key\": \"key\"}')");
        both.move();
        CHECK(both.jobs() == "before1:1 behind1:1 twin:1 unique:1");
    }
}

TEST_CASE("a payload that nobody could read is put aside and those around it are moved") {
    auto const* const how = GENERATE("to_jsonb", "jsonb_build_array");
    auto const put = [&](database& shop) {
        enqueue(shop, 1, "before");
        shop.query("insert into txq.outbox (kind, payload) select 'poison', " + std::string{how} +
                   "(repeat('x', 65 * 1024 * 1024)::text)");
        enqueue(shop, 1, "behind");
    };
    constexpr auto rejected = "select kind || ' ' || (why like '%is not moved%') from txq.outbox_rejected";
    SECTION("between two databases") {
        two_databases both;
        put(both.shop);
        both.move();
        CHECK(both.jobs() == "before1:1 behind1:1");
        CHECK(both.shop.value(rejected) == "poison true");
    }
    SECTION("within one") {
        database db;
        put(db);
        relay_by_hand{db}.move_all();
        CHECK(moved_kinds(db) == "before1 behind1");
        CHECK(db.value(rejected) == "poison true");
    }
}

TEST_CASE("a job that cannot be read is put aside when it has failed three times and those around it are moved") {
    two_databases both;
    enqueue(both.shop, 3, "a");
    enqueue(both.shop, 2, "damaged");
    enqueue(both.shop, 3, "b");
    both.shop.query(
        "create function payload_of(kind text, payload jsonb) returns jsonb language plpgsql immutable as $$ begin "
        "if kind like 'damaged%' then raise 'missing chunk' using errcode = 'XX001'; end if; return payload; end $$");
    both.shop.query("alter table txq.outbox rename to outbox_rows");
    both.shop.query(
        "create view txq.outbox as select txid, seq, id, operation_id, queue, kind, priority, max_attempts, run_at, "
        "public.payload_of(kind, payload) as payload, headers, rules, enqueued_at from txq.outbox_rows");
    both.move();
    CHECK(both.jobs() == "a1:1 a2:1 a3:1 b1:1 b2:1 b3:1");
    CHECK(both.shop.value(
              "select string_agg(concat_ws(' ', kind, payload, why), '|' order by kind) from txq.outbox_rejected") ==
          "damaged1 null ERROR:  missing chunk; its payload is not here for the same reason|"
          "damaged2 null ERROR:  missing chunk; its payload is not here for the same reason");
}

TEST_CASE("jobs are not put aside where none can be read") {
    two_databases both;
    enqueue(both.shop, 3);
    both.shop.query("create function broken(jsonb) returns jsonb language plpgsql immutable as $$ begin "
                    "raise 'cache lookup failed' using errcode = 'XX000'; end $$");
    both.shop.query("alter table txq.outbox rename to outbox_rows");
    both.shop.query(
        "create view txq.outbox as select txid, seq, id, operation_id, queue, kind, priority, max_attempts, run_at, "
        "public.broken(payload) as payload, headers, rules, enqueued_at from txq.outbox_rows");
    CHECK_THROWS_AS(both.move(), relay::failure);
    CHECK(both.shop.number("select count(*) from txq.outbox_rejected") == 0);
}

TEST_CASE("batches grow back behind a job that was put aside though each is read before") {
    two_databases both;
    both.queue.query("alter table txq.jobs add constraint no_poison check (kind <> 'poison1')");
    enqueue(both.shop, 1, "poison");
    enqueue(both.shop, 1000);
    relay_by_hand{both.shop, both.queue, {.rows = 100}}.move_all();
    CHECK(both.queue.number("select count(*) from txq.jobs") == 1000);
    CHECK(both.queue.number("select count(*) from txq.relay_batches") < 40);
}

TEST_CASE("a job that was put aside can be enqueued again") {
    two_databases both;
    both.queue.query("alter table txq.jobs add constraint no_poison check (kind <> 'poison')");
    both.shop.query("select txq.enqueue('poison', '{}')");
    both.move();
    both.queue.query("alter table txq.jobs drop constraint no_poison");
    both.shop.query(
        "with again as (delete from txq.outbox_rejected returning *) "
        "insert into txq.outbox (id, operation_id, queue, kind, priority, max_attempts, run_at, payload, headers) "
        "select id, operation_id, queue, kind, priority, max_attempts, run_at, payload, headers from again");
    CHECK(both.move() == 1);
    CHECK(both.jobs() == "poison:1");
}

TEST_CASE("what is refused for another reason than a job's contents is not put aside") {
    two_databases both;
    enqueue(both.shop, 3);
    both.queue.query("alter table txq.jobs rename to jobs_away");
    relay_by_hand relay{both.shop, both.queue};
    CHECK_THROWS_AS(relay.move_all(), relay::failure);
    CHECK(both.shop.number("select count(*) from txq.outbox_rejected") == 0);
    both.queue.query("alter table txq.jobs_away rename to jobs");
    CHECK(both.move() == 3);
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
