#include <support/catch.hpp>
#include <support/command.hpp>
#include <support/job_states.hpp>
#include <support/relay.hpp>

#include <txq/detail/session.hpp>

using namespace txq::test;
using Catch::Matchers::Contains;

namespace {

nlohmann::json status(database& db, std::vector<std::string> arguments = {}) {
    arguments.insert(arguments.begin(), {"status", "--json"});
    auto const ended = run_txq(db, arguments);
    INFO(ended.err);
    REQUIRE(ended.status == 0);
    return ended.json();
}

/// The queue of that name.
nlohmann::json queue(nlohmann::json const& document, std::string const& name) {
    for (auto const& one : document["queues"])
        if (one["queue"] == name) return one;
    FAIL("there is no queue " << name);
    return {};
}

bool hinted(nlohmann::json const& document, std::string const& words) {
    return document["hints"].dump().find(words) != std::string::npos;
}

} // namespace

TEST_CASE("status of an empty database is fine and says that nothing is there") {
    database db;
    auto const people = run_txq(db, {"status"});
    CHECK(people.status == 0);
    CHECK_THAT(people.out, Contains("no queue has jobs or workers") && Contains("no workers are registered"));
    CHECK(status(db)["queues"].empty());
}

TEST_CASE("status says what keeps jobs from being run on purpose") {
    database db;
    put_job(db, "ready", "mail");
    run_txq(db, {"queues", "set", "mail", "--fair"});
    run_txq(db, {"kinds", "pause", "render"});
    run_txq(db, {"tenants", "pause", "a b"});
    run_txq(db, {"limits", "set", "queue", "mail", "--max-running", "3"});
    db.query(
        "update txq.jobs set state = 'waiting', seq = null, order_key = 'key', order_place = 1, order_holds = true");

    auto const document = status(db);
    auto const people = run_txq(db, {"status"});

    CHECK(queue(document, "mail")["fair"] == true);
    CHECK(queue(document, "mail")["waiting"]["count"] == 1);
    CHECK(document["paused"][0]["kind"] == "render");
    CHECK(document["paused"][1]["tenant"] == "a b");
    CHECK(document["limits"][0]["max_running"] == 3);
    CHECK(hinted(document, "kind render is paused since"));
    CHECK(hinted(document, "to go on: txq tenants resume 'a b'"));
    CHECK_THAT(people.out, Contains("take turns") && Contains("MAX RUNNING") && Contains("WAITING"));
}

TEST_CASE("status counts the jobs of each queue by state") {
    database db;
    for (auto const* state : {"scheduled", "ready", "ready", "running", "dead", "discarded", "cancelled"})
        put_job(db, state, "mail");
    put_job(db, "ready", "images");

    auto const document = status(db);

    auto const mail = queue(document, "mail");
    CHECK(mail["ready"] == nlohmann::json{{"count", 2}, {"more", false}});
    CHECK(mail["scheduled"]["count"] == 1);
    CHECK(mail["running"]["count"] == 1);
    CHECK(mail["dead"]["count"] == 1);
    CHECK(queue(document, "images")["ready"]["count"] == 1);
    CHECK(queue(document, "images")["dead"]["count"] == 0);
    CHECK(document["jobs"]["discarded"]["count"] == 1);
    CHECK(document["jobs"]["cancelled"]["count"] == 1);
}

TEST_CASE("status tells how long the oldest ready job has waited whatever its priority") {
    database db;
    put_job(db, "ready");
    put_job(db, "ready");
    db.query("update txq.jobs set priority = 3, run_at = now() - interval '2 hours', enqueued_at = now() - interval '2 "
             "hours' "
             "where seq = (select max(seq) from txq.jobs)");
    auto const oldest = queue(status(db), "default")["oldest_ready_ms"].get<long long>();
    CHECK(oldest >= 7'200'000);
    CHECK(oldest < 7'300'000);
}

TEST_CASE("status tells when the next scheduled job is due and what is overdue") {
    database db;
    auto const id = put_job(db, "scheduled");
    auto const next = queue(status(db), "default")["next_in_ms"].get<long long>();
    CHECK(next > 3'500'000);
    CHECK(next <= 3'600'000);
    db.query("update txq.jobs set run_at = now() - interval '5 minutes' where id = '" + id + "'");
    CHECK(hinted(status(db), "overdue by 5min"));
}

TEST_CASE("status counts no further than ten thousand of a state") {
    database db;
    db.query(
        "insert into txq.jobs (id, operation_id, queue, kind, priority, state, seq, run_at, max_attempts, enqueued_at, "
        "payload) select gen_random_uuid(), gen_random_uuid(), 'default', 'test', 2, 'ready', i, now(), 20, now(), "
        "'{}' "
        "from generate_series(1, 10001) as i");
    CHECK(queue(status(db), "default")["ready"] == nlohmann::json{{"count", 10000}, {"more", true}});
    CHECK_THAT(run_txq(db, {"status"}).out, Contains("10,000+"));
    db.query("delete from txq.jobs where seq = 1");
    CHECK(queue(status(db), "default")["ready"] == nlohmann::json{{"count", 10000}, {"more", false}});
}

TEST_CASE("status shows many queues and counts less of each") {
    database db;
    db.query(
        "insert into txq.jobs (id, operation_id, queue, kind, priority, state, seq, run_at, max_attempts, enqueued_at, "
        "payload) select gen_random_uuid(), gen_random_uuid(), 'queue ' || i % 1000, 'test', 2, 'ready', i, now(), 20, "
        "now(), '{}' from generate_series(1, 20000) as i");
    auto const document = status(db);
    CHECK(document["queues"].size() == 1000);
    CHECK(queue(document, "queue 7")["ready"] == nlohmann::json{{"count", 20}, {"more", false}});
}

TEST_CASE("status shows workers with their last sign of life and their jobs") {
    database db;
    db.query("insert into txq.workers (name, lease, queues, kinds) values ('host:1', '4 seconds', '{default,mail}', "
             "'{test}')");
    db.query(
        "insert into txq.worker_beats values (1, 0, now() - interval '1 hour'), (1, 1, now() - interval '1 minute')");
    put_job(db, "running");

    auto const document = status(db);

    auto const worker = document["workers"][0];
    CHECK(worker["name"] == "host:1");
    CHECK(worker["queues"] == nlohmann::json{"default", "mail"});
    CHECK(worker["kinds"] == nlohmann::json{"test"});
    CHECK(worker["lease_ms"] == 4000);
    CHECK(worker["running"] == 1);
    CHECK(worker["silent_ms"].get<long long>() >= 60'000);
    CHECK(worker["silent_ms"].get<long long>() < 120'000);
    CHECK(hinted(document, "worker host:1 has been silent for 1min"));
    CHECK(queue(document, "mail")["workers"] == 0);
    CHECK(queue(document, "mail")["dead_workers"] == 1);
    CHECK(worker["lives"] == false);
    CHECK(hinted(document, "no living worker to take over its 1 job"));
    CHECK_THAT(run_txq(db, {"workers"}).out, Contains("host:1") && Contains("dead") && Contains("default mail"));
    CHECK(run_txq(db, {"workers", "--json"}).json()["workers"][0]["name"] == "host:1");
}

TEST_CASE("a queue is served by workers that live and not by dead ones") {
    database db;
    put_worker(db, "7 seconds"); // silent, but not for twice its lease
    put_job(db, "ready");
    CHECK(queue(status(db), "default")["workers"] == 1);
    CHECK(queue(status(db), "default")["unknown_kinds"].empty());

    db.query("update txq.worker_beats set beat_at = now() - interval '9 seconds'");

    CHECK(queue(status(db), "default")["workers"] == 0);
    CHECK(queue(status(db), "default")["dead_workers"] == 1);
    CHECK(hinted(status(db), "no living worker serves it (dead: 1)"));
    CHECK_THAT(run_txq(db, {"queues", "pause", "default"}).out, Contains("no living worker"));
}

TEST_CASE("names that producers chose cannot move the cursor of whoever looks at them") {
    database db;
    auto const id = put_job(db, "ready", "mail\n! all is well\x1b[2J", "test\x1b");
    for (auto const& command : {std::vector<std::string>{"status"}, {"jobs", "list"}, {"jobs", "show", id}}) {
        auto const shown = run_txq(db, command).out;
        CHECK_THAT(shown, Contains("mail ! all is well [2J") && !Contains("\x1b"));
    }
}

TEST_CASE("status names the kinds that no worker of a queue knows") {
    database db;
    db.query(
        "insert into txq.workers (name, lease, queues, kinds) values ('host:1', '4 seconds', '{default}', '{test}')");
    put_job(db, "ready");
    put_job(db, "ready", "default", "novelty");
    auto const document = status(db);
    CHECK(queue(document, "default")["unknown_kinds"] == nlohmann::json{{"novelty", 1}});
    CHECK(hinted(document, "kind novelty"));
}

TEST_CASE("status shows what waits in the outbox and whether a relay is active") {
    database db;
    run_txq(db, {"enqueue", "test"});
    run_txq(db, {"enqueue", "test"});
    auto const source = db.value("select id from txq.outbox_source");

    auto const alone = status(db)["relays"];
    db.query("select pg_advisory_lock(hashtextextended('txq-relay', 0))");
    auto const active = status(db)["relays"];

    REQUIRE(alone.size() == 1);
    CHECK(alone[0]["source"] == source);
    CHECK(alone[0]["batch"] == 0);
    CHECK(alone[0]["outbox"]["waiting"]["count"] == 2);
    CHECK(alone[0]["outbox"]["relay_active"] == false);
    CHECK(active[0]["outbox"]["relay_active"] == true);
}

TEST_CASE("status counts the jobs that could not be moved") {
    database db;
    run_txq(db, {"enqueue", "test"});
    db.query("insert into txq.outbox_rejected select id, id, queue, kind, priority, max_attempts, run_at, "
             "payload, headers, rules, enqueued_at, 'too odd' from txq.outbox");

    auto const document = status(db);

    CHECK(document["relays"][0]["outbox"]["rejected"]["count"] == 1);
    CHECK(hinted(document, "could not be moved"));
}

TEST_CASE("status counts only what lies beyond the relay's position") {
    database db;
    run_txq(db, {"enqueue", "test"});
    run_txq(db, {"enqueue", "test"});
    txq::session session{{.where = txq::connection_info::parse(db.url())}};
    auto const here = session.run(txq::sql::database_identity)[0]["database"].as<std::string>();
    db.query(
        "insert into txq.relay_batches (source, database, batch, timeline, position_txid, position_seq, late_txids, "
        "late_seqs, jobs, relay) select source.id, '" +
        here +
        "', 5, 1, txid, seq, '{}', '{}', 1, 'host:7' from "
        "txq.outbox_source as source, (select txid, seq from txq.outbox order by txid, seq limit 1) as first");

    auto const relay = status(db)["relays"][0];

    CHECK(relay["batch"] == 5);
    CHECK(relay["relay"] == "host:7");
    CHECK(relay["outbox"]["waiting"]["count"] == 1);
}

TEST_CASE("all that a stopped outbox has waits for a person") {
    database source{database::schema::outbox};
    database db{database::schema::queue};
    run_txq(source, {"enqueue", "test"});
    relay_by_hand{source, db}.move_all();
    source.query("select setval('txq.outbox_barrier', 0)");
    CHECK_THROWS_AS((relay_by_hand{source, db}), txq::relay::stopped);
    // as in a database that has lost so many transactions that it will take long to come to the same number again
    db.query("update txq.relay_batches set position_txid = '1000000000'");
    run_txq(source, {"enqueue", "test"});
    CHECK(status(db, {"--source", source.url()})["relays"][0]["outbox"]["waiting"]["count"] == 2);
}

TEST_CASE("status looks at the outbox of another database") {
    database source{database::schema::outbox};
    database db{database::schema::queue};
    run_txq(source, {"enqueue", "test"});

    CHECK(status(db)["relays"].empty());
    CHECK(status(db, {"--source", source.url()})["relays"][0]["outbox"]["waiting"]["count"] == 1);
    CHECK_THAT(run_txq(db, {"status"}).out, Contains("what waits in an outbox is not known"));
    ::setenv("TXQ_SOURCE_URL", source.url().c_str(), 1);
    CHECK(status(db)["relays"][0]["outbox"]["waiting"]["count"] == 1);
    ::unsetenv("TXQ_SOURCE_URL");
    auto const wrong = run_txq(db, {"status", "--source", db.url()});
    CHECK(wrong.status == 3);
    CHECK_THAT(wrong.err, Contains("no outbox schema"));
}

TEST_CASE("status shows every source that has moved jobs here with its last batch") {
    database db{database::schema::queue};
    db.query(
        "insert into txq.relay_batches (source, database, batch, timeline, position_txid, position_seq, late_txids, "
        "late_seqs, jobs, relay) select ('00000000-0000-0000-0000-00000000000' || source)::uuid, '7/' || copy, batch, "
        "1, "
        "'9', 9, '{}', '{}', batch * 10, 'host:' || source || copy from generate_series(1, 3) as source, "
        "generate_series(1, 2) as copy, generate_series(1, 4) as batch");
    auto const relays = status(db)["relays"];
    REQUIRE(relays.size() == 6);
    for (auto const& relay : relays) CHECK(relay["batch"] == 4);
    CHECK(relays[3]["relay"] == "host:22");
    CHECK(relays[3]["database"] == "7/2");
    CHECK(relays[3]["jobs"] == 40);
}

TEST_CASE("status says which of two copies of an outbox is the one of this database") {
    database db;
    db.query(
        "insert into txq.relay_batches (source, database, batch, timeline, position_txid, position_seq, late_txids, "
        "late_seqs, jobs, relay) select id, '7/7', 1, 1, '9', 9, '{}', '{}', 1, 'host:1' from txq.outbox_source");
    auto const shown = run_txq(db, {"status"}).out;
    CHECK_THAT(shown, Contains("another, 7/7") && Contains("this one, ") &&
                          Contains("what waits in the other outboxes is not known"));
}

TEST_CASE("status says that a source which was replaced by a successor is not moved from") {
    database source{database::schema::outbox};
    database db{database::schema::queue};
    run_txq(source, {"enqueue", "test"});
    relay_by_hand{source, db}.move_all();
    CHECK(status(db, {"--source", source.url()})["relays"][0]["outbox"]["outdated"] == false);

    db.query("update txq.relay_batches set timeline = 77");

    auto const document = status(db, {"--source", source.url()});
    CHECK(document["relays"][0]["outbox"]["outdated"] == true);
    CHECK(hinted(document, "went back in time or was replaced"));
    CHECK_FALSE(hinted(document, "no txq-relay is active"));
}

TEST_CASE("status names the oldest transaction") {
    database db;
    pqxx::connection other{"application_name=forgotten " + db.url()};
    pqxx::work forgotten{other};
    forgotten.exec("select pg_current_xact_id()");
    auto const oldest = status(db)["oldest_transaction"];
    CHECK_THAT(oldest["what"].get<std::string>(), Contains("forgotten") && Contains("idle in transaction"));
    CHECK(oldest["age_ms"].get<long long>() >= 0);
}

TEST_CASE("commands say so when a side of the schema is missing") {
    database db{database::schema::none};
    for (std::vector<std::string> const& command : {std::vector<std::string>{"status"},
                                                    {"workers"},
                                                    {"jobs", "list"},
                                                    {"dead", "list"},
                                                    {"queues", "list"},
                                                    {"dead", "redrive", "--all"},
                                                    {"queues", "pause", "mail"},
                                                    {"enqueue", "test"}}) {
        auto const ended = run_txq(db, command);
        CHECK(ended.status == 3);
        CHECK_THAT(ended.err, Contains("txq migrate --side"));
    }
}
