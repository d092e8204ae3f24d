// Places of whichever key, which busy workers hold where limits by key have ample room.

#include <support/catch.hpp>
#include <support/claim.hpp>
#include <support/database.hpp>
#include <support/locked_jobs.hpp>
#include <support/running_worker.hpp>

#include <chrono>
#include <string>
#include <thread>

using namespace txq;
using namespace txq::test;

namespace {

constexpr auto holds = "select count(*) from txq.limit_holds";

} // namespace

TEST_CASE("a batch that is refused since a limit has changed holds nothing any more of what it kept") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 1000, each => 'tenant')");
    locked_jobs worker{db, 2};
    CHECK(worker.keep());
    CHECK(db.value(held) == "* 2");
    db.query("select txq.set_limit('kind', 'test', 1, each => 'tenant', cost => 'payload.n')");
    CHECK(worker.ask_by_names("{acme}", "{1}", true).empty());
    CHECK(db.value(held).empty());
}

TEST_CASE("with ample room a batch that is not the last one holds a place of any key for each thread") {
    database db;
    locked_jobs worker{db, 2};
    put_jobs(db, {.payload = R"({"host": "a"})"});
    worker.take_locks(1);
    auto const each = GENERATE(as<std::string>{}, "tenant", "payload.host");
    db.query("select txq.set_limit('kind', 'test', 8, each => '" + each + "')");
    auto const ask = [&] { return worker.ask_by_rows(true)[0]["any_key"].as<bool>(); };
    CHECK(ask());
    CHECK(db.value(held) == "* 2");
    CHECK(ask()); // its own places do not count
    CHECK(db.value(held) == "* 2");
    CHECK_FALSE(worker.ask_by_rows(false)[0]["any_key"].as<bool>());
    CHECK(db.value(held) == (each == "tenant" ? " 1" : "a 1"));
    db.query("select txq.set_limit('kind', 'test', 7, each => '" + each + "')");
    CHECK_FALSE(ask()); // what it does not need others may
    CHECK(db.value(held) == (each == "tenant" ? " 1" : "a 1"));
}

TEST_CASE("to go on holding places of any key writes nothing") {
    database db;
    locked_jobs worker{db, 2};
    db.query("select txq.set_limit('kind', 'test', 100, each => 'tenant')");
    CHECK(worker.keep());
    auto const row = db.value("select xmin || ' ' || xmax from txq.limit_batches");
    pqxx::work tx{worker.places.connection()};
    worker.places.run(tx, sql::admit_batch,
                      pq::params{worker.id, 1, 2, "{}", "{default}", "{test}", "{acme}", "{5}", true});
    CHECK(tx.exec("select pg_current_xact_id_if_assigned() is null")[0][0].as<bool>());
    tx.commit();
    CHECK(db.value("select xmin || ' ' || xmax from txq.limit_batches") == row);
}

TEST_CASE("places of any key count for each key, and what is counted of a key counts for them") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 20, each => 'tenant')");
    locked_jobs worker{db, 4};
    locked_jobs second{db, 4};
    locked_jobs third{db, 13};
    CHECK(worker.keep());
    CHECK(second.keep());                                // 4 of 20 are held, and 16 are four times its threads
    CHECK(third.ask_by_names("{acme}", "{13}").empty()); // has 12
    CHECK(third.ask_by_names("{acme,other}", "{12,12}")[0]["any_key"].as<bool>() == false);
    CHECK(db.value(held) == "acme 12, other 12, * 4, * 4");
    worker.places.run(sql::leave_batch, pq::params{worker.id, "{1}"});
    CHECK_FALSE(worker.keep()); // 20 less 4 less 12
    CHECK(db.value(held) == "acme 1, acme 12, other 12, * 4");
    third.places.run(sql::leave_batch, pq::params{third.id, "{1}"});
    CHECK(worker.keep());
}

TEST_CASE("no places of any key are held while jobs wait for their key") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 100, each => 'tenant')");
    locked_jobs worker{db, 2};
    CHECK(worker.keep());
    put_jobs(db, {});
    db.query("insert into txq.parked_jobs select lim.id, '', priority, seq, job.id, queue, fence, run_at, false, 1 "
             "from txq.jobs as job, "
             "txq.limits as lim");
    CHECK_FALSE(worker.keep());
    CHECK(db.value(held) == "acme 1");
}

TEST_CASE("running jobs count for places of any key and those that have ended do not") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 8, each => 'payload.host')");
    put_jobs(db, {.count = 8, .payload = R"({"host": "a"})"});
    locked_jobs worker{db, 2};
    CHECK(worker.claim_and_admit(8) == 8);
    auto const keep = [&] {
        return worker.places
            .run(sql::admit_batch,
                 pq::params{worker.id, 1, 2, "{}", "{default}", "{test}", "{null}", "{0}", true})[0]["any_key"]
            .as<bool>();
    };
    CHECK_FALSE(keep());
    worker.complete(worker.on.run(sql::running_jobs, pq::params{worker.id}));
    CHECK(db.number(holds) == 8);
    CHECK(keep());
    CHECK(db.number(holds) == 0);
}

TEST_CASE("no places of any key are held where beginnings are limited, jobs have costs or another limit is near") {
    database db;
    auto const second = GENERATE(as<std::string>{}, "100, starts => 100, each => 'payload.host'",
                                 "100, each => 'payload.host', cost => 'payload.n'", "7, each => 'payload.host'");
    locked_jobs worker{db, 2};
    put_jobs(db, {.payload = R"({"host": "a"})"});
    worker.take_locks(1);
    db.query("select txq.set_limit('kind', 'test', 100, each => 'tenant')");
    CHECK(worker.ask_by_rows(true)[0]["any_key"].as<bool>());
    db.query("select txq.set_limit('kind', 'test', " + second + ")");
    CHECK_FALSE(worker.ask_by_rows(true)[0]["any_key"].as<bool>());
    CHECK(db.number("select count(*) from txq.limit_batches where any_key") == 0);
}

TEST_CASE("a batch of a limit that has become a smaller one goes on without places of any key") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 100, each => 'tenant')");
    locked_jobs worker{db, 2};
    locked_jobs other{db, 20};
    CHECK(other.keep());
    CHECK(worker.keep());
    db.query("select txq.set_limit('kind', 'test', 25, each => 'tenant')");
    CHECK_FALSE(worker.keep()); // 25 less 20
    CHECK(db.value(held) == "acme 1, * 20");
}

TEST_CASE("nobody gets places of any key while somebody counts, nor counts while somebody gets them") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 8, each => 'tenant')");
    locked_jobs keeping{db, 2};
    locked_jobs counting{db, 7};
    pq::params const keep{keeping.id, 1, 2, "{}", "{default}", "{test}", "{acme}", "{2}", true};
    pq::params const count{counting.id, 1, 7, "{}", "{default}", "{test}", "{acme}", "{7}", false};
    auto const first_keeps = GENERATE(true, false);
    auto& first = first_keeps ? keeping : counting;
    auto& second = first_keeps ? counting : keeping;
    pqxx::result answer;
    std::thread other;
    {
        pqxx::work tx{first.places.connection()};
        CHECK(first.places.run(tx, sql::admit_batch, first_keeps ? keep : count).size() == 1);
        other = std::thread{[&] { answer = second.places.run(sql::admit_batch, first_keeps ? count : keep); }};
        db.wait_until(someone_waits, "1");
        tx.commit();
    }
    other.join();
    CHECK(answer.empty()); // seven and two are more than eight
    CHECK(db.value(held) == (first_keeps ? "* 2" : "acme 7"));
}

TEST_CASE("whoever cannot get places of any key soon gets those that the batch needs") {
    database db;
    db.query("select txq.set_limit('kind', 'test', 8, each => 'tenant')");
    db.query("insert into txq.limit_keys (limit_id, key) select id, 'other' from txq.limits");
    registered const worker{db};
    session impatient{{.where = connection_info::parse(db.url()), .lock_timeout = std::chrono::milliseconds{50}}};
    pqxx::connection somebody{db.url()};
    pqxx::work counting{somebody};
    counting.exec("select from txq.limit_keys for update");
    pq::params const with{worker.id, 1, 2, "{}", "{default}", "{test}", "{acme}", "{1}", true};
    CHECK_FALSE(impatient.run(sql::admit_batch, with)[0]["any_key"].as<bool>());
    CHECK(db.value(held) == "acme 1");
}
