// Claims by locks alone, one step of the one session between two steps of the other.

#include <support/catch.hpp>
#include <support/claim.hpp>
#include <support/database.hpp>
#include <support/running_worker.hpp>

#include <thread>

#include <txq/detail/session.hpp>

using namespace txq;
using txq::test::column;
using txq::test::database;
using txq::test::put_jobs;
using txq::test::someone_waits;

namespace {

/// One that claims by locks as well.
class member : public test::registered {
  public:
    using registered::registered;

    int lease(pqxx::transaction_base& tx, pqxx::result const& jobs) {
        return static_cast<int>(on.run(tx, sql::lease_jobs, attempts_of(jobs)).size());
    }
    int lease(pqxx::result const& jobs) {
        pqxx::nontransaction tx{on.connection()};
        return lease(tx, jobs);
    }
};

} // namespace

TEST_CASE("two that claim by locks get different jobs and neither waits") {
    database db;
    put_jobs(db, {.count = 10});
    member a{db};
    member b{db};
    pqxx::work first{a.on.connection()};
    pqxx::work second{b.on.connection()};
    CHECK(a.lock(first, 6).size() == 6);
    CHECK(b.lock(second, 6).size() == 4);
}

TEST_CASE("a locked job is written once and is gone with its record") {
    database db;
    put_jobs(db, {.count = 3});
    member a{db};
    pqxx::work tx{a.on.connection()};
    auto const jobs = a.lock(tx, 10);
    REQUIRE(jobs.size() == 3);
    CHECK(jobs[0]["attempt"].as<int>() == 1);
    CHECK(jobs[0]["fence"].as<int>() == 1);
    CHECK(a.complete_locked(tx, jobs) == 3);
    tx.commit();
    CHECK(db.number("select count(*) from txq.jobs") == 0);
    CHECK(db.number("select count(*) from txq.processed_jobs where attempt = 1") == 3);
}

TEST_CASE("a claim by leases passes over jobs that are locked") {
    database db;
    put_jobs(db, {.count = 3});
    member a{db};
    member b{db};
    pqxx::work tx{a.on.connection()};
    CHECK(a.lock(tx, 2).size() == 2);
    CHECK(b.claim(10).size() == 1);
}

TEST_CASE("jobs whose lock came to nothing are left to claims by leases which leave its fence out") {
    database db;
    put_jobs(db, {.count = 3});
    member a{db};
    member b{db};
    {
        pqxx::work tx{a.on.connection()};
        a.lock(tx, 2);
        tx.abort();
    }
    CHECK(db.number("select count(*) from txq.jobs where state = 'ready' and attempt = 0 and fence = 0") == 3);
    {
        pqxx::work tx{b.on.connection()};
        CHECK(b.lock(tx, 10).size() == 1);
    }
    CHECK(b.claim(10).size() == 0);
    CHECK(b.claim_settled(10).size() == 3);
    CHECK(db.number("select count(*) from txq.jobs where attempt = 1 and fence = 2") == 3);
}

TEST_CASE("jobs that are locked are nobody else's however old the lock is") {
    database db;
    put_jobs(db, {.count = 3});
    member a{db};
    member b{db};
    pqxx::work tx{a.on.connection()};
    a.lock(tx, 2);
    CHECK(b.claim_settled(10).size() == 1);
}

TEST_CASE("a lease that is written under the lock is as good as that of a claim") {
    database db;
    put_jobs(db, {.count = 2});
    member a{db};
    member b{db};
    pqxx::work tx{a.on.connection()};
    auto const jobs = a.lock(tx, 10);
    CHECK(a.lease(tx, jobs) == 2);
    tx.commit();
    CHECK(b.claim(10).size() == 0);
    CHECK(db.number("select count(*) from txq.jobs where state = 'running' and attempt = 1 and fence = 1") == 2);
    CHECK(a.complete(jobs) == 2);
}

TEST_CASE("a lease can be had when the lock is gone unless the job is somebody else's") {
    database db;
    put_jobs(db, {.count = 3});
    member a{db};
    member b{db};
    pqxx::result jobs;
    {
        pqxx::work tx{a.on.connection()};
        jobs = a.lock(tx, 3);
        tx.abort();
    }
    SECTION("nobody has it") { CHECK(a.lease(jobs) == 3); }
    SECTION("somebody has claimed it") {
        CHECK(b.claim_settled(1).size() == 1);
        CHECK(a.lease(jobs) == 2);
    }
    SECTION("somebody is claiming it") {
        auto const next = b.on.run(sql::next_transaction)[0]["xid"].as<std::string>();
        pqxx::work other{b.on.connection()};
        b.on.run(other, sql::claim_jobs, test::claim_of(b.id, "default", 1, false, next));
        int leased = -1;
        std::thread leaser{[&] { leased = a.lease(jobs); }};
        db.wait_until(someone_waits, "1");
        other.commit();
        leaser.join();
        CHECK(leased == 2);
    }
    SECTION("it has been claimed and given back since") {
        CHECK(b.claim_settled(3).size() == 3);
        b.on.run(sql::leave, pq::params{b.id});
        REQUIRE(db.number("select count(*) from txq.jobs where state = 'ready'") == 3);
        CHECK(a.lease(jobs) == 0);
    }
    SECTION("this worker has been found dead") {
        db.query("delete from txq.workers");
        CHECK(a.lease(jobs) == 0);
    }
    SECTION("the lease had been committed after all") {
        CHECK(a.lease(jobs) == 3);
        CHECK(a.lease(jobs) == 3);
        CHECK(db.number("select sum(fence) from txq.jobs") == 3);
    }
}

TEST_CASE("one who cancels a locked job waits and finds it completed") {
    database db;
    put_jobs(db, {});
    member a{db};
    pqxx::work tx{a.on.connection()};
    auto const jobs = a.lock(tx, 1);
    auto const ids = pq::array(column(jobs, "id"));
    auto cancelled = -1;
    std::thread canceller{[&] {
        session other{{.where = connection_info::parse(db.url())}};
        cancelled = static_cast<int>(other.run(sql::cancel_jobs, pq::params{ids, "{ready,running}"}).size());
    }};
    db.wait_until(someone_waits, "1");
    a.complete_locked(tx, jobs);
    tx.commit();
    canceller.join();
    CHECK(cancelled == 0);
}

TEST_CASE("jobs of a paused queue or for a worker that is not registered are not locked") {
    database db;
    put_jobs(db, {});
    member a{db};
    pqxx::work tx{a.on.connection()};
    SECTION("paused") { db.query("insert into txq.queues values ('default', now())"); }
    SECTION("not registered") { db.query("delete from txq.workers"); }
    CHECK(a.lock(tx, 1).empty());
}

TEST_CASE("jobs that were locked by those who made them ready are locked at once") {
    database db;
    put_jobs(db, {.count = 2});
    member a{db};
    SECTION("promoted") {
        db.query("update txq.jobs set state = 'scheduled', seq = null");
        REQUIRE(a.on.run(sql::promote_jobs, pq::params{10, "-infinity"})[0]["promoted"].as<int>() == 2);
    }
    SECTION("released by a worker that left") {
        member b{db};
        REQUIRE(b.claim(10).size() == 2);
        REQUIRE(b.on.run(sql::leave, pq::params{b.id}).size() == 2);
    }
    pqxx::work tx{a.on.connection()};
    CHECK(a.lock(tx, 10).size() == 2);
    tx.abort();
    CHECK(a.claim(10).size() == 0);
}

TEST_CASE("suspects are not locked") {
    database db;
    put_jobs(db, {.count = 2});
    db.query("update txq.jobs set crashes = 2 where seq = 1");
    member a{db};
    pqxx::work tx{a.on.connection()};
    CHECK(a.lock(tx, 10).size() == 1);
}

TEST_CASE("a job whose worker died is left to claims by leases so that the next death counts") {
    database db;
    put_jobs(db, {.count = 1});
    member a{db};
    member b{db};
    REQUIRE(b.claim(10).size() == 1);
    REQUIRE(a.on.run(sql::rescue_jobs, pq::params{b.id, 0, 3}).size() == 1);
    pqxx::work tx{a.on.connection()};
    CHECK(a.lock(tx, 10).empty());
    tx.abort();
    CHECK(a.claim(10).size() == 1);
}
