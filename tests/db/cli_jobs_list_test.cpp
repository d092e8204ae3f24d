#include <support/catch.hpp>
#include <support/command.hpp>
#include <support/job_states.hpp>

#include <algorithm>

using namespace txq::test;
using Catch::Matchers::Contains;

namespace {

constexpr char const* states[] = {"scheduled", "ready", "running", "dead", "discarded", "cancelled"};

/// The ids of a list in its order.
std::vector<std::string> listed(database& db, std::vector<std::string> arguments) {
    std::vector<std::string> all{"jobs", "list", "--json"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    auto const ended = run_txq(db, all);
    INFO(ended.err);
    REQUIRE(ended.status == 0);
    std::vector<std::string> ids;
    auto const document = ended.json();
    for (auto const& job : document["jobs"]) ids.push_back(job["id"]);
    return ids;
}

/// Follows `next` from page to page.
std::vector<std::string> all_pages(database& db, std::vector<std::string> const& arguments) {
    std::vector<std::string> ids;
    for (std::string after;;) {
        std::vector<std::string> page{"jobs", "list", "--json"};
        page.insert(page.end(), arguments.begin(), arguments.end());
        if (!after.empty()) page.insert(page.end(), {"--after", after});
        auto const document = run_txq(db, page).json();
        for (auto const& job : document["jobs"]) ids.push_back(job["id"]);
        if (document["next"].is_null()) return ids;
        after = document["next"];
    }
}

/// In one state or, if that is empty, in every state in turn.
void put_many(database& db, int number, std::string const& state) {
    db.query(
        "insert into txq.jobs (id, operation_id, queue, kind, priority, state, seq, run_at, max_attempts, "
        "enqueued_at, finished_at, worker, claimed_at, payload) "
        "select gen_random_uuid(), gen_random_uuid(), 'queue_' || i % 3, 'kind_' || i % 7, 2, state::txq.job_state, "
        "case when state in ('ready', 'running') then i end, now(), 20, now(), "
        "case when state in ('dead', 'discarded', 'cancelled') then now() end, "
        "case when state = 'running' then 1 end, case when state = 'running' then now() end, '{}' from "
        "(select i, coalesce(nullif('" +
        state +
        "', ''), (array['scheduled', 'ready', 'running', 'dead', 'discarded', "
        "'cancelled'])[1 + i % 6]) as state from generate_series(1, " +
        std::to_string(number) + ") as i) as job");
}

} // namespace

TEST_CASE("jobs of every state are listed and found by their state") {
    database db;
    std::vector<std::string> ids;
    for (auto const* state : states) ids.push_back(put_job(db, state));

    auto const all = run_txq(db, {"jobs", "list"});
    for (std::size_t i = 0; i < std::size(states); ++i) {
        CHECK(listed(db, {"--state", states[i]}) == std::vector{ids[i]});
        CHECK_THAT(all.out, Contains(ids[i] + "  default  test  " + states[i]));
    }
    std::ranges::reverse(ids); // the newest first
    std::ranges::sort(ids, std::greater{});
    CHECK(listed(db, {}) == ids);
}

TEST_CASE("jobs are found by queue and kind") {
    database db;
    auto const mail = put_job(db, "ready", "mail", "send");
    auto const images = put_job(db, "ready", "images", "resize");
    CHECK(listed(db, {"--queue", "mail"}) == std::vector{mail});
    CHECK(listed(db, {"--kind", "resize"}) == std::vector{images});
    CHECK(listed(db, {"--queue", "mail", "--kind", "resize"}).empty());
    CHECK(run_txq(db, {"jobs", "list", "--queue", "other"}).out == "no jobs\n");
}

TEST_CASE("jobs are found by their tenant") {
    database db;
    auto const shop = put_job(db, "ready");
    auto const dead = put_job(db, "dead");
    auto const nobodys = put_job(db, "ready");
    db.query("update txq.jobs set tenant = 'shop 42' where id in ('" + shop + "', '" + dead + "')");
    CHECK(listed(db, {"--tenant", "shop 42"}).size() == 2);
    CHECK(listed(db, {"--tenant", "shop 42", "--state", "ready"}) == std::vector{shop});
    CHECK(listed(db, {"--tenant", "shop"}).empty());

    auto const page = run_txq(db, {"jobs", "list", "--json"}).json();
    for (auto const& job : page["jobs"]) CHECK(job["tenant"].is_null() == (job["id"] == nobodys));
}

TEST_CASE("pages follow each other without a gap and without a job listed twice") {
    auto const state = GENERATE(as<std::string>{}, "", "ready", "scheduled", "dead");
    INFO("jobs in state " << state);
    database db;
    put_many(db, 5000, state);
    put_many(db, 60, "");

    auto const filter = state.empty() ? std::vector<std::string>{} : std::vector<std::string>{"--state", state};
    auto with_limit = filter;
    with_limit.insert(with_limit.end(), {"--limit", "700"});
    auto ids = all_pages(db, with_limit);

    CHECK(std::ranges::is_sorted(ids, std::greater{}));
    CHECK(std::ranges::adjacent_find(ids) == ids.end());
    CHECK(static_cast<long long>(ids.size()) ==
          db.number("select count(*) from txq.jobs where state::text = '" + state + "' or '" + state + "' = ''"));
}

TEST_CASE("the needle is found in a haystack of other jobs") {
    database db;
    put_many(db, 30'000, "ready");
    auto const needle = put_job(db, "ready", "needles", "needle");
    db.query("update txq.jobs set id = '00000000-0000-7000-8000-000000000001' where id = '" + needle + "'");
    CHECK(listed(db, {"--queue", "needles"}).size() == 1);
    CHECK(listed(db, {"--kind", "needle", "--state", "ready"}).size() == 1);
    CHECK(listed(db, {"--queue", "needles", "--state", "dead"}).empty());
}

TEST_CASE("show tells all about a job in any state") {
    for (auto const* state : states) {
        INFO(state);
        database db;
        auto const id = put_job(db, state);

        auto const people = run_txq(db, {"jobs", "show", id});
        auto const programs = run_txq(db, {"jobs", "show", id, "--json"}).json();

        CHECK(people.status == 0);
        CHECK_THAT(people.out, Contains(id) && Contains("default") && Contains(state) && Contains("traceparent") &&
                                   Contains("12345678901234567890123"));
        CHECK(programs["id"] == id);
        CHECK(programs["state"] == state);
        CHECK(programs["headers"]["traceparent"] == "00-1");
        CHECK(programs["payload"].contains("n"));
    }
}

TEST_CASE("show tells the error of every attempt") {
    database db;
    auto const id = put_job(db, "dead");
    db.query(
        "insert into txq.failed_attempts (job_id, fence, attempt, worker, started_at, error_type, message) values ('" +
        id + "', 2, 2, 'host:2', now(), 'bad_arguments', 'no order')");

    auto const people = run_txq(db, {"jobs", "show", id}).out;
    auto const attempts = run_txq(db, {"jobs", "show", id, "--json"}).json()["failed_attempts"];

    CHECK_THAT(people, Contains("attempt 1 on host:1") &&
                           Contains("    std::runtime_error: mail server\n    says no\n") &&
                           Contains("attempt 2 on host:2") && Contains("bad_arguments: no order"));
    REQUIRE(attempts.size() == 2);
    CHECK(attempts[1]["error_type"] == "bad_arguments");
    CHECK(attempts[1]["worker"] == "host:2");
}

TEST_CASE("show finds a completed job by its id or its operation id") {
    database db;
    auto const id = put_job(db, "completed", "mail", "send");
    db.query("insert into txq.processed_jobs (operation_id, job_id, queue, kind, attempt) values "
             "('ff12c1ab-ba2e-8aca-95ae-a42b8aa0c279', '01976f2e-8a3c-7d5e-9b1f-2c4d6e8f0a1b', 'mail', 'send', 1)");

    CHECK_THAT(run_txq(db, {"jobs", "show", id}).out, Contains("completed") && Contains("send"));
    CHECK(run_txq(db, {"jobs", "show", id, "--json"}).json()["state"] == "completed");
    CHECK(run_txq(db, {"jobs", "show", "ff12c1ab-ba2e-8aca-95ae-a42b8aa0c279", "--json"}).json()["id"] ==
          "01976f2e-8a3c-7d5e-9b1f-2c4d6e8f0a1b");
    CHECK(run_txq(db, {"jobs", "show", "01976f2e-8a3c-7d5e-9b1f-2c4d6e8f0a1b", "--json"}).json()["operation_id"] ==
          "ff12c1ab-ba2e-8aca-95ae-a42b8aa0c279");
}

TEST_CASE("show says why a ready job does not run") {
    database db;
    auto const id = put_job(db, "ready", "mail", "send");
    CHECK_THAT(run_txq(db, {"jobs", "show", id}).out,
               Contains("there is no living worker that knows its queue and kind"));
    db.query("insert into txq.workers (name, lease, queues, kinds) values ('host:1', '4s', '{mail}', '{send}')");
    CHECK_THAT(run_txq(db, {"jobs", "show", id}).out, !Contains("\nbut"));
    run_txq(db, {"queues", "pause", "mail"});
    CHECK_THAT(run_txq(db, {"jobs", "show", id}).out, Contains("its queue is paused since"));
}

TEST_CASE("show says that the worker of a running job is dead or gone") {
    database db;
    auto const id = put_job(db, "running");
    CHECK_THAT(run_txq(db, {"jobs", "show", id}).out, Contains("its worker is gone"));
    put_worker(db, "5 minutes");
    CHECK_THAT(run_txq(db, {"jobs", "show", id}).out, Contains("silent for 5min and is dead"));
    db.query("update txq.worker_beats set beat_at = now()");
    CHECK_THAT(run_txq(db, {"jobs", "show", id}).out, !Contains("\nbut"));
}

TEST_CASE("a list says how to go on with the same filters") {
    database db;
    put_job(db, "dead", "it's mail");
    auto const id = put_job(db, "dead", "it's mail");
    CHECK_THAT(run_txq(db, {"jobs", "list", "--queue", "it's mail", "--state", "dead", "--limit", "1"}).out,
               Contains("more: txq jobs list --queue 'it'\\''s mail' --state dead --limit 1 --after " + id + " --database "));
    db.query("update txq.jobs set tenant = 'shop 42'");
    CHECK_THAT(run_txq(db, {"jobs", "list", "--tenant", "shop 42", "--limit", "1"}).out,
               Contains("more: txq jobs list --tenant 'shop 42' --limit 1 --after " + id + " --database "));
    CHECK_THAT(run_txq(db, {"dead", "list", "--limit", "1"}).out,
               Contains("more: txq dead list --limit 1 --after " + id + " --database "));
}

TEST_CASE("show of a job that is not there says where it may be") {
    database db;
    auto const ended = run_txq(db, {"jobs", "show", "01976f2e-8a3c-7d5e-9b1f-2c4d6e8f0a1b"});
    CHECK(ended.status == 5);
    CHECK_THAT(ended.err, Contains("not relayed yet"));
}

TEST_CASE("a number in a payload is shown to programs as it is") {
    database db;
    auto const id = put_job(db, "ready");
    CHECK_THAT(run_txq(db, {"jobs", "show", id, "--json"}).out,
               Contains("\"payload\": {\"n\": 12345678901234567890123}"));
}
