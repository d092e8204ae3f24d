// Batches that are claimed by locks under limits for each tenant or each value of a payload's field: what they hold.

#include <support/catch.hpp>
#include <support/claim.hpp>
#include <support/database.hpp>
#include <support/explain.hpp>
#include <support/locked_jobs.hpp>
#include <support/running_worker.hpp>

#include <string>
#include <thread>

using namespace txq;
using namespace txq::test;

namespace {

void put(database& db, int count, std::string const& payload) { put_jobs(db, {.count = count, .payload = payload}); }

constexpr auto holds = "select count(*) from txq.limit_holds";
constexpr auto parked = "select count(*) from txq.parked_jobs";
constexpr auto limit_of_three = "select txq.set_limit('kind', 'test', 3, each => 'payload.host')";

} // namespace

TEST_CASE("a batch begins if there is room for all of its jobs, and holds their places") {
    database db;
    db.query(limit_of_three);
    put(db, 3, R"({"host": "a"})");
    put(db, 1, R"({"host": "b"})");
    locked_jobs worker{db};
    CHECK(worker.begin(4));
    CHECK(db.value(held) == "a 3, b 1");
    worker.complete();
    CHECK(db.value(held).empty());
    CHECK(db.number(processed) == 4);
}

TEST_CASE("a batch for all of which there is no room does not begin, and holds nothing") {
    database db;
    db.query(limit_of_three);
    put(db, 4, R"({"host": "a"})");
    locked_jobs worker{db};
    CHECK_FALSE(worker.begin(4));
    CHECK(db.value(held).empty());
    CHECK(db.number(parked) == 0);
}

TEST_CASE("a batch counts for those who ask for single jobs and for other batches") {
    database db;
    db.query(limit_of_three);
    put(db, 2, R"({"host": "a"})");
    locked_jobs first{db};
    locked_jobs second{db};
    locked_jobs third{db};
    CHECK(first.begin(2));
    put(db, 2, R"({"host": "a"})");
    CHECK_FALSE(second.begin(2));
    second.tx.reset();
    CHECK(third.claim_and_admit(2) == 1);
    CHECK(db.number(parked) == 1);
    first.complete();
    put(db, 2, R"({"host": "a"})");
    CHECK(second.begin(2));
}

TEST_CASE("of a key a batch holds no more places than it has threads") {
    database db;
    db.query(limit_of_three);
    put(db, 20, R"({"host": "a"})");
    locked_jobs worker{db, 2};
    CHECK(worker.begin(20));
    CHECK(db.value(held) == "a 2");
}

TEST_CASE("a batch of jobs whose payloads no limit asks for says how many they are of each tenant") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 3, each => 'tenant')");
    locked_jobs worker{db, 2};
    auto const ask = [&](std::string const& jobs) { return !worker.ask_by_names("{acme,null}", jobs).empty(); };
    CHECK(ask("{30,1}"));
    CHECK(db.value(held) == " 1, acme 2");
    worker.places.run(sql::leave_batch, pq::params{worker.id, "{1}"});
    db.query("select txq.set_limit('kind', 'test', 1, each => 'tenant')");
    CHECK_FALSE(ask("{30,1}"));
    db.query("select txq.set_limit('kind', 'test', 9, each => 'tenant', cost => 'payload.n')"); // not known to it yet
    CHECK_FALSE(ask("{1,1}"));
    CHECK(db.value(held).empty());
}

TEST_CASE("a kind that is asked for without jobs does not keep others from beginning") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 1, each => 'tenant')");
    locked_jobs worker{db, 2};
    locked_jobs other{db, 2};
    CHECK(!other.ask_by_names("{null}", "{1}").empty()); // holds the only one of nobody's
    CHECK(!worker.ask_by_names("{acme,null}", "{1,0}").empty());
    CHECK(db.value(held) == " 1, acme 1");
    CHECK(worker.ask_by_names("{acme,null}", "{1,1}").empty());
}

TEST_CASE("the jobs of a batch count by their cost, and on its threads by that of the dearest") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 10, each => 'payload.host', cost => 'payload.n')");
    put(db, 1, R"({"host": "a", "n": 3})");
    put(db, 4, R"({"host": "a", "n": 2})");
    put(db, 2, R"({"host": "b", "n": 2})");
    put(db, 2, R"({"host": "c", "n": 50})");
    locked_jobs worker{db, 3};
    CHECK(worker.begin(7));
    CHECK(db.value(held) == "a 9, b 4");
    worker.complete();
    CHECK_FALSE(worker.begin(2)); // each counts as all
}

TEST_CASE("a batch does not begin before a dear job of its key that waits for its room") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 10, each => 'payload.host', cost => 'payload.n')");
    put(db, 1, R"({"host": "a", "n": 3})");
    locked_jobs first{db, 2};
    CHECK(first.begin(1));
    put(db, 1, R"({"host": "a", "n": 10})");
    locked_jobs second{db, 2};
    CHECK(second.claim_and_admit(1) == 0);
    put(db, 1, R"({"host": "a", "n": 1})");
    CHECK_FALSE(second.begin(1));
}

TEST_CASE("a batch takes beginnings for all of its jobs or for none") {
    database db;
    db.query(
        "select txq.set_limit('kind', 'test', starts => 1, period => '1 hour', burst => 5, each => 'payload.host')");
    put(db, 5, R"({"host": "a"})");
    put(db, 1, R"({"host": "b"})");
    put(db, 1, R"({"host": "a"})");
    locked_jobs worker{db};
    CHECK(worker.begin(6));
    CHECK(db.value(held).empty()); // any number may run
    CHECK(db.value("select string_agg(key || ' ' || round(starts::numeric), ', ' order by key) from txq.limit_keys") ==
          "a 0, b 4");
    worker.complete();
    CHECK_FALSE(worker.begin(1));
}

TEST_CASE("what goes on of a batch under a lease holds a place of its own and the others are free") {
    database db;
    db.query(limit_of_three);
    put(db, 3, R"({"host": "a"})");
    locked_jobs worker{db};
    locked_jobs other{db};
    CHECK(worker.begin(3));
    worker.lease(1);
    CHECK(db.value(held).empty());
    CHECK(db.number(holds) == 1);
    put(db, 1, R"({"host": "a"})");
    CHECK(other.claim_and_admit(3) == 2);
    CHECK(db.number(parked) == 1);
}

TEST_CASE("a job that runs again under a lease counts while somebody deletes what its attempt before has left") {
    database db;
    db.query(limit_of_three);
    put(db, 1, R"({"host": "a"})");
    locked_jobs worker{db};
    CHECK(worker.claim_and_admit(1) == 1);
    db.query("update txq.jobs set state = 'ready', seq = nextval('txq.job_seq'), worker = null, claimed_at = null");
    CHECK(worker.begin(1));
    put(db, 1, R"({"host": "a"})");
    db.query("insert into txq.parked_jobs select 1, 'a', priority, seq, id, queue, fence, run_at, false, 1 from "
             "txq.jobs where fence = 0");
    {
        worker.on.run(*worker.tx, sql::lease_jobs, worker.attempts_of(worker.locked));
        worker.on.run(*worker.tx, sql::leave_batch, pq::params{worker.id, "{1}"});
        worker.on.run(*worker.tx, sql::keep_places, worker.admission_of(worker.locked));
        session releasing{{.where = connection_info::parse(db.url())}};
        releasing.run(sql::release_parked, pq::params{"{1}", "{a}", "{1}"});
        worker.tx->commit();
    }
    CHECK(db.number("select count(*) from txq.limit_holds as held join txq.jobs as job "
                    "on (job.id, job.fence) = (held.job_id, held.fence)") == 1);
}

TEST_CASE("the places of a batch are free when its worker is found dead") {
    database db;
    db.query(limit_of_three);
    put(db, 3, R"({"host": "a"})");
    locked_jobs dead{db};
    locked_jobs other{db};
    CHECK(dead.begin(3));
    dead.tx.reset();
    other.on.run(sql::rescue_jobs, pq::params{dead.id, 0, 3});
    CHECK(db.value(held).empty());
    put(db, 3, R"({"host": "a"})");
    CHECK(other.begin(3));
}

TEST_CASE("a worker that has been found dead gets no places for a batch") {
    database db;
    db.query(limit_of_three);
    put(db, 1, R"({"host": "a"})");
    locked_jobs dead{db};
    dead.take_locks(1);
    locked_jobs other{db};
    other.on.run(sql::rescue_jobs, pq::params{dead.id, 0, 3});
    try {
        dead.ask();
        FAIL("it got them");
    } catch (std::exception const& failed) { CHECK(pq::sqlstate(failed) == "23503"); }
}

TEST_CASE("places of jobs that have ended do not keep a batch from beginning") {
    database db;
    db.query(limit_of_three);
    put(db, 3, R"({"host": "a"})");
    locked_jobs worker{db};
    CHECK(worker.claim_and_admit(3) == 3);
    worker.complete(worker.on.run(sql::running_jobs, pq::params{worker.id}));
    CHECK(db.number(holds) == 3);
    put(db, 3, R"({"host": "a"})");
    CHECK(worker.begin(3));
    CHECK(db.number(holds) == 0);
}

TEST_CASE("two batches that ask at the same time do not both get the last place") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 1, each => 'payload.host')");
    put(db, 2, R"({"host": "a"})");
    locked_jobs a{db};
    locked_jobs b{db};
    a.take_locks(1);
    b.take_locks(1);
    auto second = true;
    std::thread other;
    {
        pqxx::work asking{a.places.connection()};
        pq::params const with{a.id, 1, 1, pq::array(column(a.locked, "row")), "{}", "{}", "{}", "{}", false};
        CHECK(a.places.run(asking, sql::admit_batch, with).size() == 1);
        other = std::thread{[&] { second = b.ask(); }};
        db.wait_until(someone_waits, "1");
        asking.commit();
    }
    other.join();
    CHECK_FALSE(second);
}

TEST_CASE("keys of which a batch holds places are not forgotten") {
    database db;
    db.query(limit_of_three);
    put(db, 1, R"({"host": "a"})");
    locked_jobs worker{db};
    CHECK(worker.begin(1));
    db.query("update txq.limit_keys set filled_at = now() - interval '1 hour'");
    CHECK(worker.places.run(sql::keep_limit_keys, pq::params{100})[0]["deleted"].as<int>() == 0);
    worker.complete();
    CHECK(worker.places.run(sql::keep_limit_keys, pq::params{100})[0]["deleted"].as<int>() == 1);
}

TEST_CASE("to ask for a batch costs little for each of its jobs whatever else there is") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 5000, each => 'payload.host')");
    locked_jobs worker{db};
    explaining_session session{db};
    auto const plans_of_nothing = GENERATE(true, false);
    if (plans_of_nothing) {
        db.query("analyze");
        put(db, 1, R"({"host": "a"})");
        CHECK(worker.begin(1));
        session.run(sql::admit_batch,
                    "1, 2, 16, '" + pq::array(column(worker.locked, "row")) + "', '{}', '{}', '{}', '{}', false");
        session.run(sql::leave_batch, "1, '{2}'");
        worker.complete();
    }
    db.query("insert into txq.limit_keys (limit_id, key) select 1, 'key ' || i from generate_series(1, 10000) as i");
    db.query("insert into txq.limit_holds select 1, 'key ' || i % 10000, gen_random_uuid(), 1, 1, 1, 1, 1000 "
             "from generate_series(1, 20000) as i");
    db.query("insert into txq.limit_batches select 1, 'key ' || i % 5000, 1, i, 1 from generate_series(3, 20000) as i");
    put(db, 20000, R"({"host": "b"})");
    db.query("update txq.jobs set payload = jsonb_build_object('host', seq % 10)");
    if (!plans_of_nothing) db.query("analyze");
    worker.take_locks(500);
    auto const plan = session.run(sql::admit_batch, "1, 2, 16, '" + pq::array(column(worker.locked, "row")) +
                                                        "', '{}', '{}', '{}', '{}', false");
    CHECK(buffers(plan) < 500 * 8);
    CHECK(db.number("select sum(places) from txq.limit_batches where locker = 2") == 160);
    auto const in_vain = session.run(sql::admit_batch, "1, 2, 16, '" + pq::array(column(worker.locked, "row")) +
                                                           "', '{}', '{}', '{}', '{}', true");
    CHECK(buffers(in_vain) < buffers(plan) + 1000 * 12);
}
