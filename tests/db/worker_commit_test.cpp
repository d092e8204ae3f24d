// Connections that are lost while a handler's transaction commits: what became of it is found out and never guessed.

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/eventually.hpp>
#include <support/running_worker.hpp>
#include <support/server.hpp>

#include <atomic>
#include <future>
#include <thread>

using namespace std::chrono_literals;
using namespace txq;
using namespace txq::test;

namespace {

constexpr auto ended_while_committing =
    "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and "
    "application_name = 'txq-worker handler' "
    "and query = 'COMMIT' and state = 'active' and wait_event is not null";

std::string value(std::string const& url, std::string const& query) {
    pqxx::connection connection{url};
    return pqxx::nontransaction{connection}.exec(query)[0][0].c_str();
}

/// Commits again and again until told to stop: when it hangs, no commit is answered any more.
class committer {
  public:
    explicit committer(std::string url) : thread_{[this, url = std::move(url)] { run(url); }} {}
    ~committer() { stop_ = true; }

    static constexpr auto hangs = "select count(*) from pg_stat_activity where application_name = 'committer' and "
                                  "wait_event = 'SyncRep'";

  private:
    void run(std::string const& url) {
        pqxx::connection connection{url + " application_name=committer"};
        while (!stop_) pqxx::nontransaction{connection}.exec("select pg_logical_emit_message(true, 'test', '')");
    }

    std::atomic<bool> stop_{false};
    std::jthread thread_; // last: it uses the above
};

} // namespace

TEST_CASE("a transaction whose COMMIT was lost before it took effect is run again") {
    database db;
    db.query("create table effects (n integer)");
    db.query("create function wait() returns trigger language plpgsql as "
             "'begin perform pg_advisory_xact_lock(42); return null; end'");
    db.query("create constraint trigger wait after insert on effects deferrable initially deferred "
             "for each row execute function wait()");
    db.query("select pg_advisory_lock(42)");
    put_jobs(db, {});
    registry handlers;
    handlers.add("test", [](raw_job const&, context&, pqxx::work& tx) { tx.exec("insert into effects values (1)"); },
                 {.retry = fixed_backoff{1ms}});
    running_worker worker{db, handlers};
    db.wait_until(ended_while_committing, "1");
    db.wait_until("select min(error_type) from txq.failed_attempts", "connection_lost");
    db.query("select pg_advisory_unlock(42)");
    db.wait_until(processed, "1");
    CHECK(db.number("select count(*) from effects") == 1);
}

TEST_CASE("a transaction whose COMMIT was lost after it took effect is not run again") {
    server own;
    auto const url = own.make_database("shop");
    {
        pqxx::connection connection{url};
        pqxx::work tx{connection};
        tx.exec("create table effects (n integer)");
        tx.exec("insert into txq.jobs (id, operation_id, queue, kind, priority, max_attempts, state, seq, run_at, "
                "enqueued_at, payload) values (gen_random_uuid(), gen_random_uuid(), 'default', 'test', 2, 5, 'ready', "
                "nextval('txq.job_seq'), now(), now(), '{}')");
        tx.commit();
    }
    std::atomic<int> runs{0};
    std::promise<void> commits;
    std::promise<void> may_commit;
    registry handlers;
    handlers.add("test", [&](raw_job const&, context&, pqxx::work& tx) {
        tx.exec("insert into effects values (1)");
        if (++runs > 1) return;
        commits.set_value();
        may_commit.get_future().wait();
    });
    worker_options options;
    options.lease = 20s;
    running_worker worker{url, handlers, options};
    commits.get_future().wait();
    // a standby that never answers: a COMMIT takes effect and is not answered
    own.execute("alter system set synchronous_standby_names = 'nobody'");
    own.execute("select pg_reload_conf()");
    {
        committer const probe{url};
        CHECK(eventually([&] { return value(url, committer::hangs) == "1"; }));
        may_commit.set_value();
        CHECK(eventually([&] { return value(url, ended_while_committing) == "1"; }));
        own.execute("alter system reset synchronous_standby_names");
        own.execute("select pg_reload_conf()");
    }
    CHECK(eventually([&] { return value(url, "select count(*) from txq.processed_jobs") == "1"; }));
    worker.stop();
    CHECK(runs == 1);
    CHECK(value(url, "select count(*) from effects") == "1");
    CHECK(value(url, "select count(*) from txq.jobs") == "0");
    CHECK(value(url, "select count(*) from txq.failed_attempts") == "0");
}

TEST_CASE("a job that takes longer than its worker's lease is run once") {
    database db;
    put_jobs(db, {});
    std::atomic<int> runs{0};
    worker_options options;
    options.lease = 1s;
    auto const handlers = one_handler([&](raw_job const&, context&) {
        ++runs;
        std::this_thread::sleep_for(2500ms); // two leases and a half
    });
    running_worker one{db, handlers, options};
    running_worker other{db, handlers, options};
    db.wait_until(processed, "1");
    CHECK(runs == 1);
    CHECK(db.number("select attempt from txq.processed_jobs") == 1);
}

TEST_CASE("a job whose end the handlers' session does not find is not kept by the worker that has it") {
    database db;
    db.query("create table notes (n integer); create schema evil; "
             "create function evil.no(bigint, bigint) returns boolean language sql as 'select false'; "
             "create operator evil.= (leftarg = bigint, rightarg = bigint, function = evil.no); "
             "alter database " +
             db.name() + " set search_path = evil, public, pg_catalog");
    put_jobs(db, {.max_attempts = 1});
    running_worker const worker{db, one_handler([](raw_job const&, context&, pqxx::work& tx) {
                                    tx.exec("insert into public.notes values (1)");
                                })};
    db.wait_until(state, "dead");
    CHECK(db.value("select error_type from txq.failed_attempts") == "not_recorded");
    CHECK(db.number("select count(*) from public.notes") == 0);
}
