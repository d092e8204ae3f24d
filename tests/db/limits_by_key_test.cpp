// Limits for each tenant or each value of a payload's field: what is counted.

#include <support/catch.hpp>
#include <support/command.hpp>
#include <support/counting_worker.hpp>
#include <support/database.hpp>
#include <support/explain.hpp>

#include <thread>

#include <txq/limits.hpp>

using namespace txq;
using namespace txq::test;
using Catch::Matchers::Contains;

namespace {

constexpr auto states = "select coalesce(string_agg(state || ' ' || n, ', ' order by state), '') from "
                        "(select state::text, count(*) as n from txq.jobs group by 1) as job";

} // namespace

TEST_CASE("of each key as many jobs begin as its limit says and the others are parked") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 2, each => 'payload.host')");
    put(db, 5, R"({"host": "a"})");
    put(db, 1, R"({"host": "b"})");
    put(db, 3, R"({})");
    counting_worker worker{db};
    CHECK(worker.admit(20) == 5);
    CHECK(db.value(states) == "running 5, scheduled 4");
    CHECK(db.value("select string_agg(distinct attempt::text, ',') from txq.jobs where state = 'scheduled'") == "0");
}

TEST_CASE("whoever ends a job makes room for one of its key that is parked at its old place") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 1, each => 'payload.host')");
    put(db, 3, R"({"host": "a"})");
    counting_worker worker{db};
    CHECK(worker.admit(20) == 1);
    auto const second = db.value("select min(seq) from txq.parked_jobs");
    CHECK(worker.release("a") == 0);
    worker.complete_one();
    CHECK(worker.release("a") == 1);
    CHECK(db.value("select seq from txq.jobs where state = 'ready'") == second);
    CHECK(worker.admit(20) == 1);
    CHECK(db.value(states) == "running 1, scheduled 1");
}

TEST_CASE("the places of a dead worker are free with its jobs") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 2, each => 'payload.host')");
    put(db, 4, R"({"host": "a"})");
    counting_worker first{db};
    counting_worker second{db};
    CHECK(first.admit(20) == 2);
    second.on.run(sql::rescue_jobs, pq::params{first.id, 0, 3});
    CHECK(db.value(states) == "ready 2, scheduled 2");
    CHECK(second.admit(1) == 1);
    CHECK(second.admit(1) == 1);
    CHECK(second.sweep() == 0);
}

TEST_CASE("two who count a key at the same time do not both take the last place") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 1, each => 'payload.host')");
    put(db, 2, R"({"host": "a"})");
    counting_worker a{db};
    counting_worker b{db};
    pqxx::work first{a.on.connection()};
    CHECK(a.admit(first, 1).size() == 1);
    auto second = -1;
    std::thread other{[&] { second = b.admit(1); }};
    db.wait_until(someone_waits, "1");
    first.commit();
    other.join();
    CHECK(second == 0);
    CHECK(db.value(states) == "running 1, scheduled 1");
}

TEST_CASE("a job that is parked while the one before it ends is not forgotten") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 1, each => 'payload.host')");
    put(db, 2, R"({"host": "a"})");
    counting_worker a{db};
    counting_worker b{db};
    CHECK(a.admit(1) == 1);
    auto released = -1;
    std::thread other;
    {
        pqxx::work tx{b.on.connection()};
        CHECK(b.admit(tx, 1).empty()); // parks it
        a.complete_one();
        other = std::thread{[&] { released = a.release("a"); }};
        db.wait_until(someone_waits, "1");
        tx.commit();
    }
    other.join();
    CHECK(released == 1);
    CHECK(db.value(states) == "ready 1");
}

TEST_CASE("a key's beginnings are as many as its rate says and parked jobs come back when there are more") {
    database db;
    db.query("select txq.set_limit('kind', 'test', starts => 60, period => '1 hour', burst => 2, each => 'tenant')");
    put(db, 5, "{}");
    db.query("update txq.jobs set tenant = 'a'");
    put(db, 1, "{}");
    counting_worker worker{db};
    CHECK(worker.admit(20) == 3);
    CHECK(minutes_until(db, 0) == "1");
    CHECK(minutes_until(db, 2) == "3");
    CHECK(worker.sweep() == 0);
    db.query("update txq.limit_keys set filled_at = filled_at - interval '65 seconds'");
    CHECK(worker.sweep() == 1);
    CHECK(worker.admit(20) == 1);
    CHECK(worker.sweep() == 0);
}

TEST_CASE("a job that is under several limits needs room under each of them") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 2, each => 'payload.host'), "
             "txq.set_limit('queue', 'default', 3, each => 'tenant')");
    put(db, 3, R"({"host": "a"})");
    put(db, 3, R"({"host": "b"})");
    counting_worker worker{db};
    CHECK(worker.admit(20) == 3);
    CHECK(db.value("select string_agg(payload->>'host', '' order by seq) from txq.jobs where state = 'running'") ==
          "aab");
}

TEST_CASE("jobs that run when a limit for each key is set count") {
    database db;
    auto const long_key = std::string(300, 'x');
    put(db, 2, R"({"host": "a"})");
    put(db, 1, R"({})");
    put(db, 1, "{\"host\": \"" + long_key + "\"}");
    counting_worker worker{db};
    REQUIRE(worker.claim(20).size() == 4);
    db.query("update txq.jobs set claimed_at = now() - interval '1 minute'");

    db.query("select txq.set_limit('kind', 'test', 2, each => 'payload.host')");

    CHECK(db.number("select count(*) from txq.limit_holds") == 4);
    put(db, 1, R"({"host": "a"})");
    put(db, 2, R"({})");
    put(db, 2, "{\"host\": \"" + long_key + "\"}");
    CHECK(worker.admit(20) == 2);
    CHECK(db.value("select string_agg(distinct left(key, 6), ',' order by left(key, 6)) from txq.limit_holds") ==
          ",a,sha256");
    CHECK(db.number("select count(*) from (select from txq.limit_holds group by key having count(*) > 2) as over") ==
          0);
}

TEST_CASE("jobs that are being claimed when a limit is set are left to their worker") {
    database db;
    put(db, 1, "{}");
    counting_worker worker{db};
    REQUIRE(worker.claim(1).size() == 1);
    db.query("select txq.set_limit('kind', 'test', 1, each => 'tenant')");
    CHECK(db.number("select count(*) from txq.limit_holds") == 0);
}

TEST_CASE("a job that a limit keeps from beginning says so") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 1, each => 'payload.host')");
    put(db, 2, R"({"host": "a"})");
    counting_worker worker{db};
    CHECK(worker.admit(20) == 1);
    auto const shown = [&](std::string const& state) {
        return run_txq(db, {"jobs", "show", db.value("select id from txq.jobs where state = '" + state + "'")}).out;
    };
    CHECK_THAT(shown("scheduled"), Contains("there is no room under the limit of the kind test, payload.host"));
    worker.complete_one();
    CHECK(worker.release("a") == 1);
    CHECK_THAT(shown("ready"), !Contains("but"));
    db.query("select txq.set_limit('queue', 'default', 0)");
    CHECK_THAT(shown("ready"), Contains("the limit of the queue default lets none begin"));
}

TEST_CASE("jobs that are parked go on when their limit is raised or removed") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 0, each => 'payload.host')");
    put(db, 3, R"({"host": "a"})");
    counting_worker worker{db};
    CHECK(worker.admit(20) == 0);
    CHECK(worker.sweep() == 0);
    SECTION("raised") {
        db.query("select txq.set_limit('kind', 'test', 2, each => 'payload.host')");
        CHECK(worker.sweep() == 2);
    }
    SECTION("removed") {
        db.query("select txq.remove_limit('kind', 'test', 'payload.host')");
        CHECK(worker.sweep() == 3);
        CHECK(db.number("select count(*) from txq.parked_jobs") == 0);
        db.query("update txq.limit_keys set filled_at = now() - interval '1 hour'");
        CHECK(worker.on.run(sql::keep_limit_keys, pq::params{100})[0]["deleted"].as<int>() == 1);
    }
}

TEST_CASE("a sweep makes a thousand jobs ready at a time and passes over keys that others count") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 0, each => 'payload.host')");
    counting_worker worker{db};
    put(db, 1500, R"({"host": "a"})");
    CHECK(worker.admit(2000) == 0);
    put(db, 700, R"({"host": "b"})");
    CHECK(worker.admit(2000) == 0);
    db.query("select txq.remove_limit('kind', 'test', 'payload.host')");
    {
        pqxx::connection other{db.url()};
        pqxx::work counts{other};
        counts.exec("select from txq.limit_keys where key = 'a' for update");
        CHECK(worker.sweep() == 700);
    }
    CHECK(worker.sweep() == 1000);
    CHECK(worker.sweep() == 500);
    CHECK(worker.sweep() == 0);
}

TEST_CASE("a parked job that somebody has put off is left as it is") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 0, each => 'payload.host')");
    put(db, 3, R"({"host": "a"})");
    counting_worker worker{db};
    CHECK(worker.admit(20) == 0);
    db.query("update txq.jobs set run_at = now() + interval '1 day' where id = (select min(job_id::text)::uuid from "
             "txq.parked_jobs)");
    db.query("select txq.set_limit('kind', 'test', 9, each => 'payload.host')");
    CHECK(worker.sweep() == 2);
    CHECK(db.value(states) == "ready 2, scheduled 1");
}

TEST_CASE("of a key the jobs of a crew count for no more than its threads") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 3, each => 'payload.host')");
    put(db, 10, R"({"host": "a"})");
    put(db, 10, R"({"host": "b"})");
    counting_worker worker{db};
    counting_worker other{db};
    auto const admit = [](counting_worker& one, int jobs, int threads) {
        auto const claimed = one.claim(jobs);
        return one.on.run(sql::admit_jobs, one.admission_of(claimed, threads)).size();
    };
    CHECK(admit(worker, 5, 2) == 5); // two of them run at once
    CHECK(admit(worker, 2, 2) == 2);
    CHECK(admit(other, 1, 2) == 1);  // the last place
    CHECK(admit(worker, 1, 2) == 1); // behind its others
    CHECK(admit(other, 1, 2) == 0);
    CHECK(admit(other, 5, 4) == 3);
    CHECK(db.number("select count(*) from txq.parked_jobs where key = 'a'") == 1);
    CHECK(db.number("select count(*) from txq.parked_jobs where key = 'b'") == 2);
    CHECK(worker.on.run(sql::list_limits)[0]["slots"].as<int>() == 6);
}

TEST_CASE("jobs of a crew do not begin before those that wait for their key when there is no room") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 2, each => 'payload.host')");
    counting_worker worker{db};
    counting_worker other{db};
    auto const admit = [&](counting_worker& one, int jobs) {
        put(db, jobs, R"({"host": "a"})");
        auto const claimed = one.claim(jobs);
        return one.on.run(sql::admit_jobs, one.admission_of(claimed, 2)).size();
    };
    CHECK(admit(worker, 3) == 3);
    CHECK(admit(worker, 1) == 1);
    CHECK(admit(other, 1) == 0);
    CHECK(admit(worker, 1) == 0); // as it has always two, there would never be room for the other one
    worker.complete_one();
    worker.complete_one();
    CHECK(worker.release("a") == 0);
    worker.complete_one();
    CHECK(worker.release("a") == 1);
}

TEST_CASE("a job that is to be cancelled is cancelled rather than parked") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 0, each => 'payload.host')");
    put(db, 1, "{}");
    counting_worker worker{db};
    auto const claimed = worker.claim(1);
    db.query("update txq.jobs set cancelling = true");
    CHECK(worker.on.run(sql::admit_jobs, worker.admission_of(claimed)).empty());
    CHECK(db.value(states) == "cancelled 1");
    CHECK(db.number("select count(*) from txq.parked_jobs") == 0);
}

TEST_CASE("to count keys costs the same whatever is parked and runs of others") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 2, each => 'payload.host')");
    db.query("insert into txq.limit_keys (limit_id, key) select 1, 'key ' || i from generate_series(1, 10000) as i");
    db.query("insert into txq.parked_jobs select 1, 'key ' || i % 10000, 2, i, gen_random_uuid(), 'default', 1, now(), "
             "false, 1 "
             "from generate_series(1, 200000) as i");
    db.query("insert into txq.limit_holds select 1, 'key ' || i % 10000, gen_random_uuid(), 1, 1, 1, 1, 1000 "
             "from generate_series(1, 20000) as i");
    for (int i = 0; i < 50; ++i) put(db, 2, "{\"host\": \"host " + std::to_string(i) + "\"}");
    if (GENERATE(false, true)) db.query("analyze");
    registered worker{db};
    auto const claimed = worker.claim(100);
    explaining_session session{db};
    auto const plan =
        session.run(sql::admit_jobs, std::to_string(worker.id) + ", '" + pq::array(column(claimed, "id")) + "', '" +
                                         pq::array(column(claimed, "fence")) + "', 1, 1000");
    CHECK(buffers(plan) < 100 * 60);
    CHECK(db.number("select count(*) from txq.limit_holds where key like 'host %'") == 100);
}

TEST_CASE("to count the keys of a claim costs the same for each of its jobs whatever else its worker runs") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 5000, each => 'payload.host')");
    auto const put_and_name = [&](int count) {
        put(db, count, "{}");
        db.query("update txq.jobs set payload = jsonb_build_object('host', seq % 2000) where state = 'ready'");
    };
    counting_worker worker{db};
    explaining_session session{db};
    auto const admit = [&](int count) {
        auto const claimed = worker.claim(count);
        return buffers(session.run(sql::admit_jobs, "1, '" + pq::array(column(claimed, "id")) + "', '" +
                                                        pq::array(column(claimed, "fence")) + "', 1, 1000"));
    };
    auto const when = GENERATE(as<std::string>{}, "never", "now", "when there was next to nothing, as were the plans");
    INFO("analysed " << when);
    if (when.ends_with("plans")) {
        db.query("analyze");
        put_and_name(1);
        admit(1);
    }
    put_and_name(2000);
    REQUIRE(worker.admit(2000) == 2000);
    put_and_name(300); // of keys of which one runs
    if (when == "now") db.query("analyze");
    CHECK(admit(300) < 300 * 150);
    CHECK(db.number("select count(*) from txq.limit_holds") == 2300 + when.ends_with("plans"));
}
