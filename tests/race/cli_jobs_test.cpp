#include <support/catch.hpp>
#include <support/claim.hpp>
#include <support/command.hpp>
#include <support/job_states.hpp>

#include <future>

#include <txq/detail/session.hpp>

using namespace txq::test;
using Catch::Matchers::Contains;

namespace {

/// A worker's session with a transaction that has not been committed yet.
class worker_in_between {
  public:
    explicit worker_in_between(database& db) : session_{{.where = txq::connection_info::parse(db.url())}} {
        db.query("insert into txq.workers (name, lease, queues, kinds) values ('host:1', '4 seconds', '{default}', "
                 "'{test}')");
        tx_.emplace(session_.connection());
    }
    pqxx::result run(txq::statement const& what, txq::pq::params const& with) { return session_.run(*tx_, what, with); }
    void query(std::string const& sql) { tx_->exec(sql); }
    void commit() { tx_->commit(); }

  private:
    txq::session session_;
    std::optional<pqxx::work> tx_;
};

/// Runs the command, lets it wait for the worker's lock, and then lets the worker commit.
command run_while(worker_in_between& worker, database& db, std::vector<std::string> const& arguments) {
    auto running = std::async(std::launch::async, [&] { return run_txq(db, arguments); });
    db.wait_until(
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'", "1");
    worker.commit();
    return running.get();
}

} // namespace

TEST_CASE("cancel of a job that is being claimed asks the worker to stop it") {
    database db;
    auto const id = put_job(db, "ready");
    worker_in_between worker{db};
    REQUIRE(worker.run(txq::sql::claim_jobs, claim_of(1, "default", 1)).size() == 1);

    auto const ended = run_while(worker, db, {"jobs", "cancel", id});

    CHECK(ended.status == 0);
    CHECK(db.value("select state || ' ' || cancelling from txq.jobs") == "running true");
}

TEST_CASE("jobs that are in another state by then than the one that was named are left alone") {
    database db;
    auto const id = put_job(db, "ready");
    worker_in_between worker{db};
    SECTION("a job that is being claimed is not cancelled") {
        REQUIRE(worker.run(txq::sql::claim_jobs, claim_of(1, "default", 1)).size() == 1);
        CHECK(run_while(worker, db, {"jobs", "cancel", "--kind", "test", "--state", "ready"}).status == 0);
        CHECK(db.value("select state || ' ' || cancelling from txq.jobs") == "running false");
    }
    SECTION("a job that is being held is not discarded") {
        worker.query("update txq.jobs set state = 'held', seq = null, finished_at = now()");
        auto const ended = run_while(worker, db, {"jobs", "discard", "--kind", "test", "--state", "ready"});
        CHECK(ended.out == "0 jobs are discarded\n");
        CHECK(state_of(db, id) == "held");
    }
}

TEST_CASE("discard of a job that is being claimed leaves it to the worker") {
    database db;
    auto const id = put_job(db, "ready");
    worker_in_between worker{db};
    REQUIRE(worker.run(txq::sql::claim_jobs, claim_of(1, "default", 1)).size() == 1);

    auto const ended = run_while(worker, db, {"jobs", "discard", id});

    CHECK(ended.status == 5);
    CHECK_THAT(ended.err, Contains("is running"));
    CHECK(state_of(db, id) == "running");
}

TEST_CASE("cancel of a job that is being completed comes too late and says so") {
    database db;
    auto const id = put_job(db, "running");
    worker_in_between worker{db};
    REQUIRE(worker.run(txq::sql::complete_jobs, txq::pq::params{1, "{" + id + "}", "{2}"}).size() == 1);

    auto const ended = run_while(worker, db, {"jobs", "cancel", id});

    CHECK(ended.status == 5);
    CHECK_THAT(ended.err, Contains("is completed"));
    CHECK(state_of(db, id) == "completed");
}

TEST_CASE("retry of a job that is just becoming ready leaves it in its place") {
    database db;
    auto const id = put_job(db, "scheduled");
    db.query("update txq.jobs set run_at = now() - interval '1 second'");
    worker_in_between worker{db};
    REQUIRE(worker.run(txq::sql::promote_jobs, txq::pq::params{10, "-infinity"})[0]["promoted"].as<int>() == 1);

    auto const ended = run_while(worker, db, {"jobs", "retry", id});

    CHECK(ended.status == 5);
    CHECK_THAT(ended.err, Contains("is ready"));
    CHECK(db.number("select last_value from txq.job_seq") == 1);
}

TEST_CASE("two redrives at once make each job ready once") {
    database db;
    auto const id = put_job(db, "dead");
    worker_in_between other{db};
    REQUIRE(other.run(txq::sql::retry_jobs, txq::pq::params{"{" + id + "}", "{dead}", std::nullopt}).size() == 1);

    auto const ended = run_while(other, db, {"dead", "redrive", "--all"});

    CHECK(ended.status == 0);
    CHECK(ended.out == "0 jobs are ready again\n");
    CHECK(state_of(db, id) == "ready");
}

TEST_CASE("a purge leaves a job alone that is being redriven") {
    database db;
    auto const id = put_job(db, "dead");
    worker_in_between other{db};
    REQUIRE(other.run(txq::sql::retry_jobs, txq::pq::params{"{" + id + "}", "{dead}", std::nullopt}).size() == 1);

    auto const ended = run_while(other, db, {"dead", "purge", "--older-than", "0s"});

    CHECK(ended.out == "0 jobs purged\n");
    CHECK(state_of(db, id) == "ready");
    CHECK(db.number("select count(*) from txq.failed_attempts") == 1);
}
