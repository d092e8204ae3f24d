// Where outbox and queue are one database, jobs go from one to the other without leaving the server.

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/relay.hpp>
#include <support/roles.hpp>

using namespace txq;
using namespace txq::test;

namespace {

/// Whether a session of the relay's has had jobs sent to it: the server knows the last statement of each, and its
/// beginning.
bool has_read(database& db) {
    return db.value("select bool_or(query like '-- The next jobs to move%') from pg_stat_activity "
                    "where datname = current_database() and application_name = 'txq-relay'") == "t";
}

relay::outbox_key key_of(relay_by_hand& relay) {
    return {.id = relay.from.identify().id, .database = relay.from.is().database};
}

/// The first batch of an outbox.
relay::progress first_batch(relay_by_hand& relay, relay::batch const& jobs) {
    return {.batch = 1, .timeline = relay.from.is().timeline, .at = advance({}, jobs.seen, jobs.last)};
}

/// What the queue has, but for the places of a fair queue, which are next to each other by tenant, and times.
std::string jobs_in(database& queue) {
    return queue.value(
        "select string_agg(concat_ws(' ', kind, queue, priority, max_attempts, state, seq is null, run_at > now(), "
        "payload, headers, tenant, order_key, order_place is null, order_holds, id = operation_id), e'\\n' "
        "order by seq, order_place, kind) from txq.jobs");
}

constexpr char all_sorts_of_jobs[] = R"(
select txq.enqueue('plain' || i, jsonb_build_object('n', i), priority => i % 4) from generate_series(1, 5) as i;
select txq.enqueue('fair' || i, '{}', queue => 'fair', tenant => case when i > 4 then 'small' else 'large' end)
from generate_series(1, 6) as i;
select txq.enqueue('nobodys', '{}', queue => 'fair', priority => 0);
select txq.enqueue('later', '[1]', delay => interval '1 hour', headers => '{"a": "b"}', max_attempts => 3);
select txq.enqueue('later and fair', '[1]', queue => 'fair', tenant => 'small', delay => interval '1 hour');
select txq.enqueue('in order' || i, '{}', order_key => 'one', tenant => 'small') from generate_series(1, 3) as i;
select txq.enqueue('goes on', '{}', queue => 'fair', order_key => 'other', order_holds => false);
select txq.enqueue('named', '"text"', operation_id => 'the same');
)";

} // namespace

TEST_CASE("jobs of an outbox in the queue's own database do not leave the server") {
    database db;
    relay_by_hand relay{db};
    enqueue(db, 3);
    CHECK(relay.step() == 3);
    CHECK_FALSE(has_read(db));
    CHECK(moved_kinds(db) == "job1 job2 job3");
    CHECK(db.value("select batch || ' ' || jobs || ' ' || relay from txq.relay_batches") == "1 3 test:1");
    CHECK(relay.step() == 0);
    CHECK(db.number("select count(*) from txq.relay_batches") == 1);
}

TEST_CASE("jobs that do not leave the server become what those of another database become") {
    auto const fair = GENERATE(false, true);
    auto const rows = GENERATE(1000, 3);
    database both;
    database shop{database::schema::outbox};
    database queue{database::schema::queue};
    if (fair)
        for (auto* one : {&both, &queue}) one->query("select txq.set_queue('fair', fair => true)");
    for (auto* one : {&both, &shop}) one->query(all_sorts_of_jobs);
    CHECK(relay_by_hand(both, {.rows = rows}).move_all() == 19);
    CHECK(relay_by_hand(shop, queue, {.rows = rows}).move_all() == 19);
    CHECK(jobs_in(both) == jobs_in(queue));
}

TEST_CASE("jobs that are to be decided about are read and those after them are not") {
    database db;
    relay_by_hand relay{db, {.rows = 2}};
    for (int i = 0; i < 3; ++i)
        db.query("select txq.enqueue('once', '{}', unique_by => '{\"key\": \"1\", \"states\": [\"waiting\"]}')");
    enqueue(db, 5);
    relay.move_all();
    CHECK(moved_kinds(db) == "once job1 job2 job3 job4 job5");
    enqueue(db, 1, "more");
    CHECK(relay.step() == 1);
    CHECK_FALSE(has_read(db));
}

TEST_CASE("a job that is refused is put aside within one database as well and its neighbours are moved") {
    database db;
    db.query("alter table txq.jobs add constraint no_poison check (kind <> 'poison')");
    relay_by_hand relay{db, {.rows = 4}};
    enqueue(db, 3, "before");
    db.query("select txq.enqueue('poison', '{}')");
    enqueue(db, 3, "after");
    relay.move_all();
    CHECK(moved_kinds(db) == "before1 before2 before3 after1 after2 after3");
    CHECK(db.value("select string_agg(kind, ' ') from txq.outbox_rejected where why like '%no_poison%'") == "poison");
    enqueue(db, 1);
    CHECK(relay.step() == 1);
    CHECK_FALSE(has_read(db));
}

TEST_CASE("a job that is in the queue already is left and those beside it are moved") {
    database db;
    relay_by_hand relay{db};
    enqueue(db, 3);
    relay.step();
    db.query("delete from txq.jobs where kind <> 'job2'");
    db.query("insert into txq.outbox (id, kind, payload) select id, 'the same', '{}' from txq.jobs");
    enqueue(db, 1, "new");
    CHECK(relay.step() == 2);
    CHECK(moved_kinds(db) == "job2 new1");
    enqueue(db, 1, "newer");
    CHECK(relay.step() == 1);
    CHECK_FALSE(has_read(db));
}

TEST_CASE("of two relays that move the same jobs at the same moment one does and the other is told so") {
    database db;
    relay_by_hand one{db};
    relay_by_hand other{db};
    enqueue(db, 3);
    std::jthread late;
    auto const jobs = one.to.move_within(key_of(one), {}, {}, [&](relay::batch const& found) {
        late = std::jthread{[&] { CHECK_THROWS_AS(other.step(), relay::overtaken); }};
        db.wait_until(
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
            "1");
        return first_batch(one, found);
    });
    REQUIRE(jobs);
    CHECK(jobs->jobs == 3);
    late = {};
    CHECK(db.number("select count(*) from txq.jobs") == 3);
    CHECK(db.number("select count(*) from txq.relay_batches") == 1);
}

TEST_CASE("a relay that waits for one that then fails moves the jobs") {
    database db;
    relay_by_hand failing{db};
    relay_by_hand other{db};
    enqueue(db, 3);
    std::jthread late;
    auto const fail = [&](relay::batch const&) -> relay::progress {
        late = std::jthread{[&] { CHECK(other.step() == 3); }};
        db.wait_until(
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
            "1");
        throw std::runtime_error{"fails"};
    };
    CHECK_THROWS_AS(failing.to.move_within(key_of(failing), {}, {}, fail), std::runtime_error);
    late = {};
    CHECK(db.number("select count(*) from txq.jobs") == 3);
}

TEST_CASE("a relay whose session ends between the jobs and their record has moved nothing") {
    database db;
    relay_by_hand ended{db};
    enqueue(db, 3);
    auto const end = [&](relay::batch const& found) {
        CHECK(found.jobs == 3);
        db.query("select pg_terminate_backend(pid) from pg_stat_activity where state = 'idle in transaction' and "
                 "datname = current_database()");
        return first_batch(ended, found);
    };
    CHECK_THROWS_AS(ended.to.move_within(key_of(ended), {}, {}, end), relay::failure);
    CHECK(db.number("select count(*) from txq.jobs") == 0);
    CHECK(relay_by_hand{db}.move_all() == 3);
    CHECK(moved_kinds(db) == "job1 job2 job3");
}

TEST_CASE("a relay that hangs between the jobs and their record does not keep them for longer than ten seconds") {
    database db;
    relay_by_hand hanging{db};
    relay_by_hand other{db};
    enqueue(db, 3);
    auto const hang = [&](relay::batch const& found) {
        CHECK(other.step() == 3); // waits until the server has ended the other session
        return first_batch(hanging, found);
    };
    CHECK_THROWS_AS(hanging.to.move_within(key_of(hanging), {}, {}, hang), relay::failure);
    CHECK(db.number("select count(*) from txq.jobs") == 3);
}

TEST_CASE("the session with the lock is asked for something with each batch") {
    database db;
    relay_by_hand relay{db, {.rows = 2}};
    enqueue(db, 6);
    REQUIRE(relay.step() == 2);
    auto const asked = [&] {
        return db.value("select max(query_start) from pg_stat_activity where datname = current_database() and "
                        "application_name = 'txq-relay' and query like '-- Whether read_outbox%'");
    };
    auto const before = asked();
    REQUIRE_FALSE(before.empty());
    CHECK(relay.jobs.move().more);
    CHECK(asked() > before);
}

TEST_CASE("where the queue's role may not read the outbox jobs are read and written") {
    database db;
    printed_roles const roles{db};
    enqueue(db, 3);
    db.query("revoke select on txq.outbox from " + roles.own("relay"));
    relay::source from{connection_info::parse(db.url())};
    relay::destination to{connection_info::parse(roles.url_of("relay")), "test:1"};
    relay::mover jobs{from, to, {}};
    jobs.begin();
    CHECK(jobs.move().jobs == 3);
    CHECK(has_read(db));
    enqueue(db, 1, "next");
    CHECK(jobs.move().jobs == 1);
    CHECK(moved_kinds(db) == "job1 job2 job3 next1");
}

TEST_CASE("the relay's role may move jobs within one database") {
    database db;
    printed_roles const roles{db};
    enqueue(db, 3);
    relay::source from{connection_info::parse(roles.url_of("relay"))};
    relay::destination to{connection_info::parse(roles.url_of("relay")), "test:1"};
    relay::mover jobs{from, to, {}};
    jobs.begin();
    CHECK(jobs.move().jobs == 3);
    CHECK_FALSE(has_read(db));
}

TEST_CASE("an outbox that is read anew within one database leaves out what has been processed") {
    database db;
    enqueue(db, 3);
    relay_by_hand{db}.move_all();
    db.query("with done as (delete from txq.jobs where kind = 'job1' returning *) insert into txq.processed_jobs "
             "(operation_id, job_id, queue, kind, attempt) select operation_id, id, queue, kind, 1 from done");
    db.query("update txq.relay_batches set timeline = 0");
    enqueue(db, 1, "new");
    relay_by_hand relay{db, {.rows = 2}};
    relay.move_all();
    CHECK(moved_kinds(db) == "job2 job3 new1");
    enqueue(db, 1, "newer");
    CHECK(relay.step() == 1);
    CHECK_FALSE(has_read(db));
}
