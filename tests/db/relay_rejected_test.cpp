// Jobs that cannot be moved, and those around them.

#include <support/catch.hpp>
#include <support/two_databases.hpp>

using namespace txq;
using namespace txq::test;

namespace {

/// From now on `step`, in PL/pgSQL, is done whenever somebody reads the payload of a job of that kind.
void damage_payloads(database& shop, std::string const& step) {
    shop.query(
        "create function payload_of(kind text, payload jsonb) returns jsonb language plpgsql immutable as $$ begin " +
        step + " return payload; end $$");
    shop.query("alter table txq.outbox rename to outbox_rows");
    shop.query(
        "create view txq.outbox as select txid, seq, id, operation_id, queue, kind, priority, max_attempts, run_at, "
        "public.payload_of(kind, payload) as payload, headers, rules, enqueued_at from txq.outbox_rows");
}

} // namespace

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
    auto const* const code = GENERATE("XX001", "53200"); // a damaged page, or no memory
    damage_payloads(both.shop, "if kind like 'damaged%' then raise 'missing chunk' using errcode = '" +
                                   std::string{code} + "'; end if;");
    both.move();
    CHECK(both.jobs() == "a1:1 a2:1 a3:1 b1:1 b2:1 b3:1");
    // libpqxx has a prefix of its own since 7.10
    CHECK(both.shop.value("select string_agg(concat_ws(' ', kind, payload, substring(why from 'ERROR:.*')), '|' order "
                          "by kind) from txq.outbox_rejected") ==
          "damaged1 null ERROR:  missing chunk; its payload is not here for the same reason|"
          "damaged2 null ERROR:  missing chunk; its payload is not here for the same reason");
}

TEST_CASE("a job that the queue refuses is not put aside without its payload") {
    two_databases both;
    both.queue.query("alter table txq.jobs add constraint no_poison check (kind <> 'poison1')");
    enqueue(both.shop, 1, "poison");
    both.shop.query("create function fail() returns trigger language plpgsql as "
                    "$$ begin raise 'cache lookup failed' using errcode = 'XX000'; end $$");
    both.shop.query("create trigger fail before insert on txq.outbox_rejected for each row "
                    "when (new.payload <> 'null') execute function fail()");
    CHECK_THROWS_AS(both.move(), relay::failure);
    both.shop.query("drop trigger fail on txq.outbox_rejected");
    both.move();
    CHECK(both.shop.value("select payload from txq.outbox_rejected") == "{}");
}

TEST_CASE("jobs are not put aside where none can be read") {
    two_databases both;
    enqueue(both.shop, 3);
    damage_payloads(both.shop, "raise 'cache lookup failed' using errcode = 'XX000';");
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
