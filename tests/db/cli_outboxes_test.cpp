#include <support/catch.hpp>
#include <support/command.hpp>
#include <support/database.hpp>

using namespace txq::test;
using Catch::Matchers::Contains;

namespace {

constexpr auto one = "00000000-0000-0000-0000-000000000001";
constexpr auto other = "00000000-0000-0000-0000-000000000002";

/// Five batches of ten jobs, of which the outbox knows three.
void stop(database& db, std::string const& source, std::string const& copy = "7/1",
          std::string const& why = "lost_commits") {
    db.query(
        "insert into txq.relay_batches (source, database, batch, timeline, position_txid, position_seq, late_txids, "
        "late_seqs, jobs, relay, moved_at) select '" +
        source + "', '" + copy +
        "', batch, 1, '9', 9, '{}', '{}', 10, 'host:1', now() - interval '1 minute' + batch "
        "* interval '1 second' from generate_series(1, 5) as batch");
    db.query("insert into txq.stopped_outboxes (source, database, batch, kept_batch, timeline, why, relay) values ('" +
             source + "', '" + copy + "', 5, 3, 1, '" + why + "', 'host:1')");
}

std::string resumed(database& db) {
    return db.value(
        "select string_agg(database, ' ' order by database) from txq.stopped_outboxes where resumed_at is not null");
}

} // namespace

TEST_CASE("to resume an outbox is shown first and done when it is confirmed") {
    database db;
    stop(db, one);

    auto const shown = run_txq(db, {"outboxes", "resume", one});
    CHECK(shown.status == 0);
    CHECK_THAT(shown.out, Contains("4 to 5 (20 jobs), moved ") && Contains("its database went back in time") &&
                              Contains("to go on: txq outboxes resume " + std::string{one} + " --yes"));
    CHECK(resumed(db) == "");

    auto const done = run_txq(db, {"outboxes", "resume", one, "--yes"});
    CHECK(done.status == 0);
    CHECK_THAT(done.out, Contains("the relay goes on"));
    CHECK(resumed(db) == "7/1");
    CHECK(run_txq(db, {"outboxes", "resume", one, "--yes"}).status == 0); // until a relay has begun
}

TEST_CASE("what is known of a stopped outbox is had as JSON as well") {
    database db;
    stop(db, one);
    db.query("insert into txq.jobs (id, operation_id, queue, kind, priority, max_attempts, state, seq, run_at, "
             "enqueued_at, payload) select ('0' || substr(ids.id, 2))::uuid, gen_random_uuid(), 'mail', 'test', 2, 20, "
             "'ready', 1, now(), now(), '{}' from (select (lpad(to_hex((extract(epoch from now() - interval "
             "'56 seconds') * 1000)::bigint), 12, '0') || repeat('1', 20))::text as id) as ids");

    auto const document = run_txq(db, {"outboxes", "resume", one, "--json"}).json();

    CHECK(document["resumed"] == false);
    CHECK(document["outbox"]["first_batch"] == 4);
    CHECK(document["outbox"]["batch"] == 5);
    CHECK(document["outbox"]["jobs"] == 20);
    CHECK(document["outbox"]["why"] == "lost_commits");
    CHECK(document["not_completed"]["jobs"] == nlohmann::json{{"ready", 1}});
    CHECK(run_txq(db, {"outboxes", "resume", one, "--yes", "--json"}).json()["resumed"] == true);
    CHECK(run_txq(db, {"outboxes", "list", "--json"}).json()["outboxes"][0]["stopped"]["kept_batch"] == 3);
}

TEST_CASE("an outbox that is not stopped cannot be resumed") {
    database db;
    stop(db, one);
    auto const refused = run_txq(db, {"outboxes", "resume", other, "--yes"});
    CHECK(refused.status == 5);
    CHECK_THAT(refused.err, Contains("is not stopped"));
    CHECK(run_txq(db, {"outboxes", "resume", "nonsense"}).status == 2);

    db.query("update txq.relay_batches set batch = 6 where batch = 5"); // it has been moved from since
    CHECK(run_txq(db, {"outboxes", "resume", one, "--yes"}).status == 5);
    CHECK(resumed(db) == "");
}

TEST_CASE("of copies of an outbox the one that is meant is resumed") {
    database db;
    stop(db, one, "7/1");
    stop(db, one, "7/2");
    auto const unclear = run_txq(db, {"outboxes", "resume", one, "--yes"});
    CHECK(unclear.status == 2);
    CHECK_THAT(unclear.err, Contains("give --copy, one of 7/1, 7/2"));
    CHECK(run_txq(db, {"outboxes", "resume", one, "--copy", "7/2", "--yes"}).status == 0);
    CHECK(resumed(db) == "7/2");
    CHECK(run_txq(db, {"outboxes", "resume", one, "--yes"}).status == 0); // the other one
    CHECK(resumed(db) == "7/1 7/2");
}

TEST_CASE("a queue that has lost jobs is gone on with by the same command") {
    database db;
    stop(db, one, "7/1", "queue_lost_jobs");
    CHECK_THAT(run_txq(db, {"outboxes", "resume", one}).out,
               Contains("lacks batches whose jobs the outbox does not have any more") &&
                   Contains("the jobs of the batches after 5, but for those that the outbox still has"));
    CHECK(run_txq(db, {"outboxes", "resume", one, "--json"}).json()["outbox"]["why"] == "queue_lost_jobs");
    CHECK(run_txq(db, {"outboxes", "resume", one, "--yes"}).status == 0);
    CHECK(resumed(db) == "7/1");
}

TEST_CASE("an old server is gone on with by the same command") {
    database db;
    stop(db, one, "7/1", "outdated");
    CHECK_THAT(run_txq(db, {"outboxes", "resume", one}).out, Contains("the queue has jobs of a successor"));
    CHECK(run_txq(db, {"outboxes", "resume", one, "--yes"}).status == 0);
    CHECK(resumed(db) == "7/1");
}
