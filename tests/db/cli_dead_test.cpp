#include <support/catch.hpp>
#include <support/command.hpp>
#include <support/job_states.hpp>

#include <txq/detail/pq.hpp>

using namespace txq::test;
using Catch::Matchers::Contains;

namespace {

/// Dead jobs of two queues and two kinds each, a hundred of every combination, the older ones first.
void put_dead_jobs(database& db) {
    db.query(
        "insert into txq.jobs (id, operation_id, queue, kind, priority, state, run_at, attempt, max_attempts, fence, "
        "enqueued_at, finished_at, payload) "
        "select gen_random_uuid(), gen_random_uuid(), queue, kind, 2, 'dead', now(), 20, 20, 20, now(), "
        "now() - day * interval '1 day', '{}' from generate_series(1, 100) as day, "
        "unnest(array['mail', 'images']) as queue, unnest(array['send', 'resize']) as kind");
}

std::string ready_jobs(database& db) {
    return db.value(
        "select coalesce(string_agg(queue || ' ' || kind || ' ' || jobs, ', ' order by queue, kind), '') from "
        "(select queue, kind, count(*) as jobs from txq.jobs where state = 'ready' group by queue, kind) as x");
}

} // namespace

TEST_CASE("redrive takes the dead jobs of a queue or of a kind or all of them") {
    database db;
    put_dead_jobs(db);
    SECTION("queue and kind") {
        CHECK(run_txq(db, {"dead", "redrive", "--queue", "mail", "--kind", "send"}).out ==
              "100 jobs are ready again\n");
        CHECK(ready_jobs(db) == "mail send 100");
    }
    SECTION("kind") {
        CHECK(run_txq(db, {"dead", "redrive", "--kind", "resize"}).out == "200 jobs are ready again\n");
        CHECK(ready_jobs(db) == "images resize 100, mail resize 100");
    }
    SECTION("tenant") {
        db.query("update txq.jobs set tenant = 'shop 42' where queue = 'mail' and kind = 'send'");
        CHECK(run_txq(db, {"dead", "redrive", "--tenant", "shop 42"}).out == "100 jobs are ready again\n");
        CHECK(ready_jobs(db) == "mail send 100");
    }
    SECTION("all") {
        auto const ended = run_txq(db, {"dead", "redrive", "--all", "--json"});
        CHECK(ended.json() == nlohmann::json{{"redriven", 400}, {"dry_run", false}});
        CHECK(db.number("select count(*) from txq.jobs where state = 'ready' and attempt = 0 and fence = 20") == 400);
    }
    SECTION("none") {
        CHECK(run_txq(db, {"dead", "redrive", "--queue", "other"}).out == "0 jobs are ready again\n");
        CHECK(ready_jobs(db).empty());
    }
}

TEST_CASE("a filter that is empty is refused and is not about all jobs") {
    database db;
    put_dead_jobs(db);
    for (auto const* option : {"--queue", "--kind", "--tenant", "--error-type"})
        for (auto const& command : std::vector<std::vector<std::string>>{{"dead", "purge", "--older-than", "0s"},
                                                                         {"dead", "redrive", "--all"},
                                                                         {"dead", "list"},
                                                                         {"jobs", "discard", "--state", "dead"}}) {
            auto arguments = command;
            arguments.insert(arguments.end(), {option, ""});
            auto const refused = run_txq(db, arguments);
            CHECK(refused.status == 2);
            CHECK_THAT(refused.err, Contains(option) && Contains("is empty"));
        }
    for (auto const* option : {"--died-before", "--rate"})
        CHECK_THAT(run_txq(db, {"dead", "redrive", "--all", option, ""}).err, Contains("is empty"));
    CHECK(db.number("select count(*) from txq.jobs where state = 'dead'") == 400);
}

TEST_CASE("redrive with a limit takes those that died first") {
    database db;
    put_dead_jobs(db);
    CHECK(run_txq(db, {"dead", "redrive", "--queue", "mail", "--kind", "send", "--limit", "10"}).out ==
          "10 jobs are ready again\n");
    CHECK(db.value("select max(finished_at) < now() - interval '10 days' from txq.jobs where queue = 'mail' and kind = "
                   "'send' and state = 'dead'") == "f");
    CHECK(db.number("select count(*) from txq.jobs where state = 'dead' and queue = 'mail' and kind = 'send' and "
                    "finished_at < now() - interval '90 days 1 hour'") == 0);
}

TEST_CASE("a dry run counts what would be redriven or purged and changes nothing") {
    database db;
    put_dead_jobs(db);
    CHECK(run_txq(db, {"dead", "redrive", "--all", "--dry-run"}).out == "QUEUE   KIND    JOBS  FIRST DIED  LAST DIED\n"
                                                                        "images  resize   100  100d ago    1d ago\n"
                                                                        "images  send     100  100d ago    1d ago\n"
                                                                        "mail    resize   100  100d ago    1d ago\n"
                                                                        "mail    send     100  100d ago    1d ago\n"
                                                                        "400 jobs would be redriven\n");
    CHECK(run_txq(db, {"dead", "purge", "--older-than", "60d", "--dry-run"}).out == "164 jobs would be purged\n");
    CHECK(run_txq(db, {"dead", "purge", "--older-than", "60d", "--dry-run", "--json"}).json() ==
          nlohmann::json{{"purged", 164}, {"dry_run", true}});
    CHECK(db.number("select count(*) from txq.jobs where state = 'dead'") == 400);
}

TEST_CASE("many more dead jobs than fit into one statement are redriven once each") {
    database db;
    db.query(
        "insert into txq.jobs (id, operation_id, queue, kind, priority, state, run_at, attempt, max_attempts, "
        "enqueued_at, finished_at, payload) select gen_random_uuid(), gen_random_uuid(), 'q' || i % 3, 'k', 2, 'dead', "
        "now(), 1, 1, now(), now() - interval '1 day', '{}' from generate_series(1, 23000) as i");

    auto const ended = run_txq(db, {"dead", "redrive", "--queue", "q1"});

    CHECK(ended.out == "7,667 jobs are ready again\n");
    CHECK(db.number("select count(*) from txq.jobs where state = 'ready' and queue = 'q1'") == 7667);
    CHECK(db.number("select count(*) from txq.jobs where state = 'dead' and queue <> 'q1'") == 15333);
}

TEST_CASE("purge deletes the dead jobs that are old enough and their errors and nothing else") {
    database db;
    put_dead_jobs(db);
    auto const young = put_job(db, "dead");
    auto const cancelled = put_job(db, "cancelled");
    auto const old = put_job(db, "dead");
    db.query("update txq.jobs set finished_at = now() - interval '61 days' where id in ('" + old + "', '" + cancelled +
             "')");

    CHECK(run_txq(db, {"dead", "purge", "--older-than", "60d"}).out == "165 jobs purged\n");

    CHECK(state_of(db, young) == "dead");
    CHECK(state_of(db, cancelled) == "cancelled");
    CHECK(state_of(db, old) == "");
    CHECK(db.value("select job_id from txq.failed_attempts") == young);
}

TEST_CASE("purge keeps to a tenant") {
    database db;
    put_dead_jobs(db);
    db.query("update txq.jobs set tenant = 'shop 42' where queue = 'mail' and kind = 'send'");
    CHECK(run_txq(db, {"dead", "purge", "--older-than", "0s", "--tenant", "shop 42"}).out == "100 jobs purged\n");
    CHECK(db.number("select count(*) from txq.jobs where tenant is null") == 300);
}

TEST_CASE("purge keeps to a queue and a kind and a limit") {
    database db;
    put_dead_jobs(db);
    CHECK(
        run_txq(db, {"dead", "purge", "--older-than", "0s", "--queue", "mail", "--kind", "send", "--limit", "7"}).out ==
        "7 jobs purged\n");
    CHECK(db.number("select count(*) from txq.jobs where queue = 'mail' and kind = 'send'") == 93);
    CHECK(db.number("select count(*) from txq.jobs") == 393);
}

TEST_CASE("dead show shows dead jobs alone") {
    database db;
    auto const dead = put_job(db, "dead");
    auto const ready = put_job(db, "ready");
    auto const completed = put_job(db, "completed");

    CHECK_THAT(run_txq(db, {"dead", "show", dead}).out, Contains("mail server"));
    CHECK(run_txq(db, {"dead", "show", ready}).status == 5);
    CHECK_THAT(run_txq(db, {"dead", "show", ready}).err, Contains("is ready; see: txq jobs show"));
    CHECK(run_txq(db, {"dead", "show", completed}).status == 5);
}

TEST_CASE("dead list lists dead jobs alone with their last errors") {
    database db;
    auto const dead = put_job(db, "dead", "mail", "send");
    put_job(db, "ready");

    auto const people = run_txq(db, {"dead", "list"});
    auto const programs = run_txq(db, {"dead", "list", "--json"}).json();

    CHECK_THAT(people.out,
               Contains(dead) && Contains("dead for") && Contains("2/2  std::runtime_error  mail server says no\n"));
    REQUIRE(programs["jobs"].size() == 1);
    CHECK(programs["jobs"][0]["id"] == dead);
    CHECK(programs["jobs"][0]["last_error"]["message"] == "mail server\nsays no");
}

TEST_CASE("a preview tells jobs apart by their last errors") {
    database db;
    put_job(db, "dead", "mail", "send");
    auto const busy = put_job(db, "dead", "mail", "send");
    db.query("update txq.failed_attempts set error_type = 'exit:75' where job_id = '" + busy + "'");
    auto const groups = run_txq(db, {"dead", "redrive", "--kind", "send", "--dry-run", "--json"}).json()["groups"];
    REQUIRE(groups.size() == 2);
    CHECK(groups[0]["error_type"] == "exit:75");
    CHECK(groups[0]["jobs"] == 1);
    CHECK(groups[1]["error_type"] == "std::runtime_error");
    CHECK(run_txq(db, {"dead", "redrive", "--error-type", "exit:*"}).out == "1 job is ready again\n");
    CHECK(state_of(db, busy) == "ready");
}

TEST_CASE("a job that is redriven to another queue keeps where it came from") {
    database db;
    auto const id = put_job(db, "dead", "mail", "send");
    auto const show = [&] { return run_txq(db, {"jobs", "show", id}).out; };

    CHECK(run_txq(db, {"dead", "redrive", "--queue", "mail", "--to-queue", "slow"}).out == "1 job is ready again\n");
    CHECK(db.value("select queue || ' ' || came_from || ' ' || redrives from txq.jobs") == "slow mail 1");
    CHECK_THAT(show(), Contains("came from     mail\n") && Contains("redriven      once\n"));
    CHECK(run_txq(db, {"jobs", "show", id, "--json"}).json()["came_from"] == "mail");

    auto const kill = [&] { db.query("update txq.jobs set state = 'dead', seq = null, finished_at = now()"); };
    kill();
    CHECK(run_txq(db, {"dead", "redrive", id, "--to-queue", "slower"}).status == 0);
    CHECK(db.value("select queue || ' ' || came_from || ' ' || redrives from txq.jobs") == "slower mail 2");
    kill();
    CHECK(run_txq(db, {"dead", "redrive", "--all", "--to-queue", "mail"}).status == 0);
    CHECK(db.value("select concat_ws(' ', queue, came_from, redrives) from txq.jobs") == "mail 3");
    CHECK_THAT(show(), !Contains("came from"));
}

TEST_CASE("workers of the queue that a job is redriven to are told") {
    database db;
    put_job(db, "dead", "mail", "send");
    pqxx::connection listening{db.url()};
    std::string queue;
    txq::pq::listener const heard{listening, "txq_jobs", [&](std::string_view told) { queue = told; }};
    run_txq(db, {"dead", "redrive", "--all", "--to-queue", "slow"});
    listening.await_notification(5, 0);
    CHECK(queue == "slow");
}

TEST_CASE("only jobs that died before a point in time are redriven where that is asked for") {
    database db;
    put_dead_jobs(db);
    auto const before = db.value("select now() - interval '60 days 1 hour'");
    CHECK(run_txq(db, {"dead", "redrive", "--all", "--died-before", before}).out == "160 jobs are ready again\n");
    auto const wrong = run_txq(db, {"dead", "redrive", "--all", "--died-before", "whenever"});
    CHECK(wrong.status == 2);
    CHECK_THAT(wrong.err, Contains("'whenever' is not a point in time"));
}
