// Two sessions with statements of sql/, one step of the one between two steps of the other.

#include <support/catch.hpp>
#include <support/claim.hpp>
#include <support/database.hpp>
#include <support/running_worker.hpp>

#include <algorithm>
#include <optional>
#include <set>
#include <thread>

#include <txq/detail/session.hpp>

using namespace txq;
using txq::test::column;
using txq::test::database;
using txq::test::put_jobs;
using txq::test::someone_waits;

namespace {

class member : public test::registered {
  public:
    using registered::registered;

    int end(pqxx::result const& jobs, std::string const& state) {
        auto const each = [&](std::string const& value) {
            return pq::array(std::vector<std::string>(static_cast<std::size_t>(jobs.size()), value));
        };
        constexpr auto error = R"({"type": "test", "severity": "error", "recoverable": true, "source": "handler"})";
        auto const ended = on.run(sql::end_attempts, pq::params{id, "race:1", pq::array(column(jobs, "id")),
                                                                pq::array(column(jobs, "fence")), each(state),
                                                                each("0"), each("f"), each(error), each("test")});
        return static_cast<int>(ended.size());
    }
    int rescue(member const& whom, int beat) {
        return static_cast<int>(on.run(sql::rescue_jobs, pq::params{whom.id, beat, 3}).size());
    }
};

} // namespace

TEST_CASE("two claims at once get different jobs and neither waits") {
    database db;
    put_jobs(db, {.count = 10});
    member a{db};
    member b{db};
    pqxx::work first{a.on.connection()};
    pqxx::work second{b.on.connection()};
    auto const of_a = a.claim(first, 6);
    auto const of_b = b.claim(second, 6);
    CHECK(of_a.size() == 6);
    CHECK(of_b.size() == 4);
    first.commit();
    second.commit();
    std::set<std::string> all;
    for (auto const& jobs : {of_a, of_b}) std::ranges::copy(column(jobs, "id"), std::inserter(all, all.end()));
    CHECK(all.size() == 10);
}

TEST_CASE("a claim never takes more than its limit") {
    database db;
    put_jobs(db, {.count = 100});
    member a{db};
    for (int const limit : {1, 7, 50}) CHECK(static_cast<int>(a.claim(limit).size()) == limit);
}

TEST_CASE("jobs of a claim that was rolled back can be claimed once nobody runs them any more") {
    database db;
    put_jobs(db, {.count = 3});
    member a{db};
    member b{db};
    {
        pqxx::work first{a.on.connection()};
        CHECK(a.claim(first, 3).size() == 3);
        CHECK(b.claim(3).empty());
        first.abort();
    }
    CHECK(b.claim(3).empty());
    auto const jobs = b.claim_settled(3);
    REQUIRE(jobs.size() == 3);
    CHECK(jobs[0]["attempt"].as<int>() == 1);
    CHECK(jobs[0]["fence"].as<int>() == 2);
}

TEST_CASE("a worker that is not registered claims nothing") {
    database db;
    put_jobs(db, {});
    member a{db};
    db.query("delete from txq.workers");
    CHECK(a.claim(1).empty());
}

TEST_CASE("an ending comes to nothing once the job was rescued") {
    database db;
    put_jobs(db, {.count = 2});
    member a{db};
    member b{db};
    auto const old = a.claim(2);
    REQUIRE(b.rescue(a, 0) == 2);
    SECTION("before another has claimed it") {
        CHECK(a.complete(old) == 0);
        CHECK(a.end(old, "dead") == 0);
        CHECK(db.value("select string_agg(distinct state::text, ',') from txq.jobs") == "ready");
    }
    SECTION("while another runs it") {
        auto const now = b.claim(2);
        CHECK(a.complete(old) == 0);
        CHECK(a.end(old, "dead") == 0);
        CHECK(db.value("select string_agg(distinct state::text, ',') from txq.jobs") == "running");
        CHECK(b.complete(now) == 2);
    }
    SECTION("after another has completed it") {
        CHECK(b.complete(b.claim(2)) == 2);
        CHECK(a.complete(old) == 0);
        CHECK(db.number("select count(*) from txq.processed_jobs") == 2);
    }
}

TEST_CASE("completing twice is as once") {
    database db;
    put_jobs(db, {.count = 3});
    member a{db};
    auto const jobs = a.claim(3);
    CHECK(a.complete(jobs) == 3);
    CHECK(a.complete(jobs) == 0);
    CHECK(db.number("select count(*) from txq.processed_jobs") == 3);
}

TEST_CASE("a completion that has begun keeps the job from being rescued") {
    database db;
    put_jobs(db, {});
    member a{db};
    member b{db};
    auto const jobs = a.claim(1);
    pqxx::work ending{a.on.connection()};
    CHECK(a.on.run(ending, sql::complete_jobs, a.attempts_of(jobs)).size() == 1);
    CHECK(b.rescue(a, 0) == 0);
    ending.commit();
    CHECK(db.number("select count(*) from txq.jobs") == 0);
    CHECK(db.number("select count(*) from txq.processed_jobs") == 1);
}

TEST_CASE("a job that somebody keeps locked holds up neither the others of its dead worker nor whoever rescues them") {
    database db;
    put_jobs(db, {.count = 3});
    member a{db};
    member b{db};
    auto const jobs = a.claim(3);
    pqxx::connection application{db.url()};
    std::optional<pqxx::work> open{application};
    open->exec("update txq.jobs set cancelling = true where id = '" + std::string{jobs[0]["id"].c_str()} + "'");
    CHECK(b.rescue(a, 0) == 2);
    CHECK(b.on.run(sql::rescue_orphans).empty());
    open->commit();
    open.reset();
    CHECK(b.on.run(sql::rescue_orphans)[0]["state"].as<std::string>() == "cancelled");
}

TEST_CASE("a job that a prepared transaction keeps locked is passed over until that ends") {
    database db;
    put_jobs(db, {.count = 3});
    member a{db};
    db.query("begin; select from txq.jobs where id = (select min(id::text)::uuid from txq.jobs) for update; prepare "
             "transaction '" +
             db.name() + "'"); // its client may be gone, and its server may have been restarted
    CHECK(a.claim(3).size() == 2);
    CHECK(a.claim(3).empty());
    db.query("rollback prepared '" + db.name() + "'");
    CHECK(a.claim_settled(3).size() == 1);
}

TEST_CASE("whoever finds a worker dead does not wait for who has locked its row") {
    database db;
    member a{db};
    member b{db};
    pqxx::connection frozen{db.url()};
    pqxx::work open{frozen};
    open.exec("select from txq.workers where id = " + std::to_string(a.id) + " for key share");
    CHECK(b.on.run(sql::lock_worker, pq::params{a.id}).empty());
}

TEST_CASE("a worker that has given a sign of life since is not rescued") {
    database db;
    put_jobs(db, {});
    member a{db};
    member b{db};
    a.claim(1);
    a.on.run(sql::beat, pq::params{a.id, 1, "race:1"});
    CHECK(b.rescue(a, 0) == 0);
    CHECK(db.number("select count(*) from txq.workers") == 2);
    CHECK(b.rescue(a, 1) == 1);
    CHECK(db.number("select count(*) from txq.workers") == 1);
    CHECK(a.on.run(sql::beat, pq::params{a.id, 2, "race:1"}).empty());
}

TEST_CASE("a worker that is about to be found dead cannot give a sign of life meanwhile") {
    database db;
    member a{db};
    member b{db};
    pqxx::work rescue{b.on.connection()};
    b.on.run(rescue, sql::lock_worker, pq::params{a.id});
    std::thread late{[&] { CHECK(a.on.run(sql::beat, pq::params{a.id, 1, "race:1"}).empty()); }};
    db.wait_until(someone_waits, "1");
    b.on.run(rescue, sql::rescue_jobs, pq::params{a.id, 0, 3});
    rescue.commit();
    late.join();
}

TEST_CASE("a worker that never gave a sign of life can be found dead") {
    database db;
    put_jobs(db, {});
    member a{db};
    member b{db};
    a.claim(1);
    db.query("delete from txq.worker_beats");
    CHECK(b.on.run(sql::rescue_jobs, pq::params{a.id, std::optional<int>{}, 3}).size() == 1);
}

TEST_CASE("jobs of two dead workers are suspects and claimed apart") {
    database db;
    put_jobs(db, {.count = 2});
    member a{db};
    member a_again{db};
    member b{db};
    a.claim(2);
    b.rescue(a, 0);
    CHECK(a_again.claim(2).size() == 2);
    b.rescue(a_again, 0);
    put_jobs(db, {});
    CHECK(b.claim(10).size() == 1);
    CHECK(b.claim(1, true).size() == 1);
    CHECK(b.claim(10, true).size() == 1);
    CHECK(db.number("select count(*) from txq.jobs where attempt = 1") == 3);
}

TEST_CASE("a worker that left handlers behind has not crashed") {
    database db;
    put_jobs(db, {});
    member a{db};
    member b{db};
    a.claim(1);
    a.on.run(sql::leave_behind, pq::params{a.id});
    CHECK(db.value("select state from txq.jobs") == "running");
    CHECK(b.rescue(a, 0) == 1);
    CHECK(db.number("select crashes from txq.jobs") == 0);
    CHECK(db.value("select error_type from txq.failed_attempts") == "worker_left");
}

TEST_CASE("a claim that reached nobody does not count and a cancellation of it stands") {
    database db;
    put_jobs(db, {.count = 2});
    member a{db};
    a.claim(2);
    db.query("update txq.jobs set cancelling = true where seq = 1");
    db.query("delete from txq.workers");
    member b{db};
    CHECK(b.on.run(sql::rescue_orphans).size() == 2);
    CHECK(db.value("select string_agg(state::text || attempt, ' ' order by state) from txq.jobs") ==
          "ready0 cancelled0");
}

TEST_CASE("two rescuers of one worker rescue its jobs once") {
    database db;
    put_jobs(db, {.count = 4});
    member a{db};
    member b{db};
    member c{db};
    a.claim(4);
    pqxx::work first{b.on.connection()};
    CHECK(b.on.run(first, sql::rescue_jobs, pq::params{a.id, 0, 3}).size() == 4);
    std::thread second{[&] { CHECK(c.rescue(a, 0) == 0); }};
    db.wait_until(someone_waits, "1");
    first.commit();
    second.join();
    CHECK(db.number("select count(*) from txq.jobs where crashes = 1 and state = 'ready'") == 4);
}

TEST_CASE("two promoters make a job ready once") {
    database db;
    put_jobs(db, {.count = 10});
    db.query("update txq.jobs set state = 'scheduled', seq = null, run_at = now() - interval '1 second'");
    member a{db};
    member b{db};
    pqxx::work first{a.on.connection()};
    auto const of_a = a.on.run(first, sql::promote_jobs, pq::params{6, "-infinity"});
    auto const of_b = b.on.run(sql::promote_jobs, pq::params{10, "-infinity"});
    first.commit();
    CHECK(of_a[0]["promoted"].as<int>() == 6);
    CHECK(of_b[0]["promoted"].as<int>() == 4);
    CHECK(db.number("select count(distinct seq) from txq.jobs where state = 'ready'") == 10);
}

TEST_CASE("a job that was to be cancelled ends so even if its attempt only failed") {
    database db;
    put_jobs(db, {});
    member a{db};
    auto const jobs = a.claim(1);
    db.query("update txq.jobs set cancelling = true");
    CHECK(a.end(jobs, "ready") == 1);
    CHECK(db.value("select state from txq.jobs") == "cancelled");
}

TEST_CASE("the second transaction that records an operation waits for the first and learns of it") {
    database db;
    put_jobs(db, {});
    auto const operation = db.value("select operation_id from txq.jobs");
    member a{db};
    member b{db};
    auto const record = [&](member& who, pqxx::transaction_base& tx) {
        pq::params const what{operation, operation, "default", "test", 1, ""};
        return static_cast<int>(who.on.run(tx, sql::record_operation, what).size());
    };
    bool const committed = GENERATE(true, false);
    pqxx::work first{a.on.connection()};
    REQUIRE(record(a, first) == 1);
    pqxx::work second{b.on.connection()};
    std::thread waiting{[&] { CHECK(record(b, second) == (committed ? 0 : 1)); }};
    db.wait_until(someone_waits, "1");
    if (committed)
        first.commit();
    else
        first.abort();
    waiting.join();
    second.commit();
    CHECK(db.number("select count(*) from txq.processed_jobs") == 1);
}
