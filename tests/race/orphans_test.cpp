// Jobs whose worker is not registered, while several others give them back.

#include <support/catch.hpp>
#include <support/claim.hpp>
#include <support/database.hpp>
#include <support/running_worker.hpp>

#include <thread>

#include <txq/detail/session.hpp>

using namespace txq;
using txq::test::database;
using txq::test::put_jobs;

namespace {

/// A session that gives orphans back and stops in the middle, with the first of them in its hands, until the gate
/// opens.
class slow_rescuer {
  public:
    explicit slow_rescuer(database& db) : gate_{db.url()}, keeper_{gate_} {
        db.query("create function pass_gate() returns trigger language plpgsql as $$ begin "
                 "if current_setting('test.slow', true) = 'on' then perform pg_advisory_xact_lock(1); end if; "
                 "return new; end $$");
        db.query("create trigger gate before update on txq.jobs for each row execute function pass_gate()");
        keeper_.exec("select pg_advisory_lock(1)");
        thread_ = std::thread{[url = db.url()] {
            session on{{.where = connection_info::parse(url)}};
            {
                pqxx::nontransaction tx{on.connection()};
                tx.exec("set test.slow = on");
            }
            on.run(sql::rescue_orphans);
        }};
        db.wait_until("select count(*) from pg_locks where locktype = 'advisory' and not granted and database = "
                      "(select oid from pg_database where datname = current_database())",
                      "1");
    }
    void open_gate() {
        keeper_.exec("select pg_advisory_unlock(1)");
        thread_.join();
    }

  private:
    pqxx::connection gate_;
    pqxx::nontransaction keeper_;
    std::thread thread_;
};

/// Two jobs of a worker that is not registered.
void put_orphans(database& db) {
    put_jobs(db, {.count = 2});
    db.query("update txq.jobs set state = 'running', worker = 0, claimed_at = now(), attempt = 1, fence = 1");
}

} // namespace

TEST_CASE("an orphan that has found a worker meanwhile is not taken from it") {
    database db;
    put_orphans(db);
    slow_rescuer slow{db};
    session other{{.where = connection_info::parse(db.url())}};
    CHECK(other.run(sql::rescue_orphans).size() == 1); // the one that the slow session has not got to
    auto const worker =
        other.run(sql::register_worker, pq::params{"race:1", 60'000, "{default}", "{test}"})[0]["id"].as<long>();
    CHECK(other.run(sql::claim_jobs, test::claim_of(worker, "default", 10)).size() == 1);
    slow.open_gate();
    CHECK(db.number("select count(*) from txq.jobs where state = 'running' and worker = " + std::to_string(worker)) ==
          1);
}

TEST_CASE("an orphan that somebody wants cancelled is not run") {
    database db;
    put_orphans(db);
    db.query("update txq.jobs set cancelling = true");
    session on{{.where = connection_info::parse(db.url())}};
    CHECK(on.run(sql::rescue_orphans).size() == 2);
    CHECK(db.number("select count(*) from txq.jobs where state = 'cancelled' and finished_at is not null") == 2);
}
