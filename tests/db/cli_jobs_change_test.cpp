#include <support/catch.hpp>
#include <support/command.hpp>
#include <support/job_states.hpp>

#include <map>

#include <txq/detail/session.hpp>

using namespace txq::test;
using Catch::Matchers::Contains;

namespace {

/// What a command makes of a job in each state; what is not named stays as it is, and the command says so.
using transitions = std::map<std::string, std::string>;

void check_in_every_state(std::vector<std::string> const& command, transitions const& expected) {
    for (auto const* state : {"scheduled", "ready", "running", "dead", "discarded", "cancelled", "completed"}) {
        INFO(command.back() << " of a " << state << " job");
        database db;
        auto const id = put_job(db, state);
        auto arguments = command;
        arguments.push_back(id);
        auto const before = db.query("table txq.jobs");

        auto const ended = run_txq(db, arguments);

        if (auto const found = expected.find(state); found != expected.end()) {
            CHECK(ended.status == 0);
            CHECK_THAT(ended.out, Contains(id));
            CHECK(ended.err.empty());
            CHECK(state_of(db, id) == found->second);
        } else {
            CHECK(ended.status == 5);
            CHECK(ended.out.empty());
            CHECK_THAT(ended.err, Contains(id + " is " + state + "; only"));
            CHECK(db.query("table txq.jobs") == before);
        }
    }
}

constexpr char nobody[] = "01976f2e-8a3c-7d5e-9b1f-2c4d6e8f0a1b";

} // namespace

TEST_CASE("retry makes jobs ready that wait or have ended without success") {
    check_in_every_state({"jobs", "retry"},
                         {{"scheduled", "ready"}, {"dead", "ready"}, {"discarded", "ready"}, {"cancelled", "ready"}});
}

TEST_CASE("cancel ends jobs that have not begun and asks the worker of one that runs") {
    check_in_every_state({"jobs", "cancel"},
                         {{"scheduled", "cancelled"}, {"ready", "cancelled"}, {"running", "running"}});
}

TEST_CASE("discard ends jobs that wait or are dead") {
    check_in_every_state({"jobs", "discard"},
                         {{"scheduled", "discarded"}, {"ready", "discarded"}, {"dead", "discarded"}});
}

TEST_CASE("redrive by id makes only dead jobs ready") {
    check_in_every_state({"dead", "redrive"}, {{"dead", "ready"}});
}

TEST_CASE("a job that is retried gets all its attempts again and keeps its fence and its history") {
    database db;
    auto const id = put_job(db, "dead");

    run_txq(db, {"jobs", "retry", id});

    CHECK(db.value("select attempt || ' ' || crashes || ' ' || fence || ' ' || max_attempts from txq.jobs") ==
          "0 0 2 2");
    CHECK(db.value("select finished_at is null and run_at <= clock_timestamp() from txq.jobs") == "t");
    CHECK(db.number("select count(*) from txq.failed_attempts") == 1);
}

TEST_CASE("a scheduled job that is retried runs now and its attempts count on") {
    database db;
    auto const id = put_job(db, "scheduled");
    db.query("update txq.jobs set attempt = 3");

    run_txq(db, {"jobs", "retry", id});

    CHECK(db.number("select attempt from txq.jobs where state = 'ready' and run_at <= clock_timestamp()") == 3);
}

TEST_CASE("cancel asks the worker of a running job once and says so") {
    database db;
    put_worker(db);
    auto const id = put_job(db, "running");

    auto const ended = run_txq(db, {"jobs", "cancel", id});

    CHECK(ended.out == id + " is still running; its worker host:1 has been asked to stop it\n");
    CHECK(db.value("select cancelling and worker = 1 from txq.jobs") == "t");
    CHECK(run_txq(db, {"jobs", "cancel", id}).status == 0);
}

TEST_CASE("cancel says that the worker of a running job is dead or gone") {
    database db;
    put_worker(db, "5 minutes");
    auto const id = put_job(db, "running");

    CHECK_THAT(run_txq(db, {"jobs", "cancel", id}).out, Contains("host:1 has been silent for 5min and is dead"));
    db.query("delete from txq.workers");
    CHECK_THAT(run_txq(db, {"jobs", "cancel", id}).out, Contains("its worker is gone"));
}

TEST_CASE("of several jobs those that can be changed are changed and the others named") {
    database db;
    auto const dead = put_job(db, "dead");
    auto const running = put_job(db, "running");

    auto const ended = run_txq(db, {"jobs", "retry", running, nobody, dead, dead});

    CHECK(ended.status == 5);
    CHECK(ended.out == dead + " is ready\n");
    CHECK_THAT(ended.err,
               Contains(running + " is running; only") && Contains(std::string{"there is no job "} + nobody));
}

TEST_CASE("ids may be written in capitals") {
    database db;
    auto id = put_job(db, "dead");
    for (auto& c : id) c = static_cast<char>(std::toupper(c));
    CHECK(run_txq(db, {"jobs", "retry", id}).status == 0);
}

TEST_CASE("programs are told of each job what became of it") {
    database db;
    auto const dead = put_job(db, "dead");

    auto const ended = run_txq(db, {"jobs", "discard", dead, nobody, "--json"});

    CHECK(ended.status == 5);
    auto jobs = ended.json()["jobs"];
    REQUIRE(jobs.size() == 2);
    CHECK(jobs[0] == nlohmann::json{{"id", nobody}, {"changed", false}, {"state", nullptr}});
    CHECK(jobs[1] == nlohmann::json{{"id", dead}, {"changed", true}, {"state", "discarded"}});
}

TEST_CASE("workers are woken for jobs that become ready") {
    database db;
    auto const id = put_job(db, "dead", "mail");
    pqxx::connection listening{db.url()};
    std::string woken;
    txq::pq::listener listener{listening, "txq_jobs", [&](std::string_view queue) { woken = queue; }};
    pqxx::nontransaction{listening}.exec("select 1");

    run_txq(db, {"jobs", "retry", id});

    CHECK(listening.await_notification(10, 0) == 1);
    CHECK(woken == "mail");
}

TEST_CASE("jobs are cancelled by their queue and kind and not only by their ids") {
    database db;
    auto const ready = put_job(db, "ready", "mail", "newsletter");
    auto const scheduled = put_job(db, "scheduled", "mail", "newsletter");
    auto const running = put_job(db, "running", "mail", "newsletter");
    auto const other_kind = put_job(db, "ready", "mail", "receipt");
    auto const other_queue = put_job(db, "ready", "default", "newsletter");
    std::vector<std::string> const command{"jobs", "cancel", "--queue", "mail", "--kind", "newsletter"};

    auto counted = command;
    counted.insert(counted.end(), {"--dry-run", "--json"});
    CHECK(run_txq(db, counted).json() == nlohmann::json{{"changed", 3}, {"dry_run", true}});
    CHECK(state_of(db, ready) == "ready");
    auto const ended = run_txq(db, command);

    CHECK(ended.status == 0);
    CHECK(ended.out == "3 jobs are cancelled or asked to stop\n");
    CHECK(state_of(db, ready) == "cancelled");
    CHECK(state_of(db, scheduled) == "cancelled");
    CHECK(db.value("select cancelling from txq.jobs where id = '" + running + "'") == "t");
    CHECK(state_of(db, other_kind) == "ready");
    CHECK(state_of(db, other_queue) == "ready");
}

TEST_CASE("jobs are cancelled by their tenant") {
    database db;
    auto const of_shop = put_job(db, "ready");
    auto const nobodys = put_job(db, "ready");
    db.query("update txq.jobs set tenant = 'shop 42' where id = '" + of_shop + "'");
    CHECK(run_txq(db, {"jobs", "cancel", "--tenant", "shop 42"}).out == "1 job is cancelled or asked to stop\n");
    CHECK(state_of(db, of_shop) == "cancelled");
    CHECK(state_of(db, nobodys) == "ready");
}

TEST_CASE("many jobs are changed in steps and no more than the limit") {
    database db;
    db.query(
        "insert into txq.jobs (id, operation_id, queue, kind, priority, state, run_at, max_attempts, enqueued_at, "
        "finished_at, payload) select gen_random_uuid(), gen_random_uuid(), 'default', 'test', 2, 'discarded', now(), "
        "20, now(), now(), '{}' from generate_series(1, 1200)");

    CHECK(run_txq(db, {"jobs", "retry", "--state", "discarded", "--limit", "700"}).out == "700 jobs are ready\n");
    CHECK(run_txq(db, {"jobs", "retry", "--state", "discarded"}).out == "500 jobs are ready\n");
    CHECK(db.number("select count(*) from txq.jobs where state = 'ready'") == 1200);
}
