#include <support/catch.hpp>
#include <support/claim.hpp>
#include <support/command.hpp>
#include <support/job_states.hpp>

#include <txq/detail/session.hpp>

using namespace txq::test;
using Catch::Matchers::Contains;

TEST_CASE("a queue is paused once and resumed once") {
    database db;
    put_job(db, "ready", "mail");

    auto const paused = run_txq(db, {"queues", "pause", "mail", "images"});
    auto const again = run_txq(db, {"queues", "pause", "mail"});
    auto const resumed = run_txq(db, {"queues", "resume", "mail"});
    auto const resumed_again = run_txq(db, {"queues", "resume", "mail"});

    CHECK(paused.status == 0);
    CHECK(paused.out == "mail is paused (no living worker serves a queue of that name)\n"
                        "images is paused (no living worker serves a queue of that name)\n");
    CHECK_THAT(again.out, Contains("mail is paused since 20"));
    CHECK_THAT(resumed.out, Contains("mail is resumed; it was paused since"));
    CHECK(resumed_again.status == 0);
    CHECK(resumed_again.out == "mail was not paused\n");
    CHECK(db.value("select string_agg(name, ' ') from txq.queues") == "images");
}

TEST_CASE("no job of a paused queue is claimed until it is resumed") {
    database db;
    db.query("insert into txq.workers (name, lease, queues, kinds) values ('host:1', '4 seconds', '{mail}', '{test}')");
    put_job(db, "ready", "mail");
    txq::session session{{.where = txq::connection_info::parse(db.url())}};
    auto const claimed = [&] { return session.run(txq::sql::claim_jobs, claim_of(1, "mail", 10)).size(); };

    CHECK(run_txq(db, {"queues", "pause", "mail"}).out == "mail is paused\n");
    CHECK(claimed() == 0);
    run_txq(db, {"queues", "resume", "mail"});
    CHECK(claimed() == 1);
}

TEST_CASE("workers are woken for a queue that is resumed") {
    database db;
    run_txq(db, {"queues", "pause", "mail"});
    pqxx::connection listening{db.url()};
    std::string woken;
    txq::pq::listener listener{listening, "txq_jobs", [&](std::string_view queue) { woken = queue; }};
    pqxx::nontransaction{listening}.exec("select 1");

    run_txq(db, {"queues", "resume", "mail"});

    CHECK(listening.await_notification(10, 0) == 1);
    CHECK(woken == "mail");
}

TEST_CASE("queues are listed that have jobs or workers or are paused") {
    database db;
    db.query(
        "insert into txq.workers (name, lease, queues, kinds) values ('host:1', '4 seconds', '{served}', '{test}')");
    put_job(db, "ready", "ready");
    put_job(db, "scheduled", "scheduled");
    put_job(db, "running", "running");
    put_job(db, "dead", "dead");
    run_txq(db, {"queues", "pause", "paused"});

    auto const programs = run_txq(db, {"queues", "list", "--json"}).json()["queues"];
    auto const people = run_txq(db, {"queues", "list"});

    std::string names;
    for (auto const& queue : programs) names += queue["queue"].get<std::string>() + " ";
    CHECK(names == "dead paused ready running scheduled served ");
    CHECK(programs[1]["paused_at"].is_string());
    CHECK(programs[2]["paused_at"].is_null());
    CHECK_THAT(people.out, Contains("PAUSED SINCE") && Contains("paused     20"));
}

TEST_CASE("what is set of a queue is listed with it") {
    database db;
    put_job(db, "ready", "mail");
    db.query("select txq.set_queue('mail', fair => true, max_depth => 1, when_full => 'warn'), "
             "txq.set_limit('queue', 'mail', 10, 100, '1 minute'), "
             "txq.set_limit('queue', 'mail', 2, each => 'tenant', cost => 'payload.pages'), "
             "txq.set_limit('kind', 'mail', 7), txq.set_limit('queue', 'other', 8)");

    auto const programs = run_txq(db, {"queues", "list", "--json"}).json()["queues"];
    auto const people = run_txq(db, {"queues", "list"}).out;

    REQUIRE(programs.size() == 1);
    CHECK(programs[0]["limits"].size() == 2);
    CHECK(programs[0]["limits"][0]["period_ms"] == 60'000);
    CHECK(programs[0]["limits"][1]["each"] == "tenant");
    CHECK_THAT(people, Contains("10 running, 100 per 1min; 2 running each tenant by payload.pages"));
    CHECK_THAT(people, Contains("1 (full, warns)") && Contains("take turns"));
}

TEST_CASE("programs are told since when a queue is paused") {
    database db;
    auto const paused = run_txq(db, {"queues", "pause", "mail", "--json"}).json();
    CHECK(paused["queues"][0]["queue"] == "mail");
    CHECK(paused["queues"][0]["paused_at"].is_string());
    CHECK(run_txq(db, {"queues", "resume", "mail", "--json"}).json()["queues"][0]["paused_at"].is_null());
}
