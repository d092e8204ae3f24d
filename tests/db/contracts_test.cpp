// What statements promise on top of their files, where nothing but a crash or a failover would show it otherwise.

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/running_worker.hpp>

#include <txq/detail/session.hpp>

using namespace txq;
using txq::test::database;
using txq::test::put_jobs;

namespace {

session session_on(database& db) { return session{{.where = connection_info::parse(db.url())}}; }

constexpr auto operation = "01976f2e-8a3c-7d5e-9b1f-2c4d6e8f0a1b";
constexpr auto first_job = "01976f2e-8a3c-7d5e-9b1f-2c4d6e8f0a1c";

/// A job that worker 7 runs as its attempt 3.
std::string put_running(database& db) {
    put_jobs(db, {});
    db.query("update txq.jobs set state = 'running', worker = 7, fence = 3, claimed_at = now()");
    return db.value("select id from txq.jobs");
}

} // namespace

TEST_CASE("an operation is recorded once") {
    database db;
    auto database = session_on(db);
    pq::params const record{operation, first_job, "mail", "send", 2, ""};

    auto const first = database.run(sql::record_operation, record);
    auto const second = database.run(sql::record_operation, record);

    REQUIRE(first.size() == 1);
    CHECK_FALSE(first[0]["txid"].is_null());
    CHECK(second.empty());
    CHECK(db.value("select concat_ws(' ', operation_id, job_id, queue, kind, attempt) from txq.processed_jobs") ==
          std::string{operation} + ' ' + first_job + " mail send 2");
}

TEST_CASE("what became of a transaction can be asked") {
    database db;
    auto const id = put_running(db);
    pqxx::connection other{db.url()};
    pqxx::work tx{other};
    std::string const txid = tx.exec("select pg_current_xact_id()")[0][0].c_str();
    auto database = session_on(db);
    auto const ask = [&](int worker, int fence) {
        return database.run(sql::commit_outcome, pq::params{txid, worker, id, fence})[0];
    };

    CHECK(std::string{ask(7, 3)["status"].c_str()} == "in progress");
    CHECK(ask(7, 3)["still_ours"].as<bool>());
    CHECK_FALSE(ask(8, 3)["still_ours"].as<bool>());
    CHECK_FALSE(ask(7, 2)["still_ours"].as<bool>());

    SECTION("committed") {
        tx.exec("delete from txq.jobs");
        tx.commit();
        CHECK(std::string{ask(7, 3)["status"].c_str()} == "committed");
        CHECK_FALSE(ask(7, 3)["still_ours"].as<bool>());
    }
    SECTION("rolled back") {
        tx.exec("delete from txq.jobs");
        tx.abort();
        CHECK(std::string{ask(7, 3)["status"].c_str()} == "aborted");
        CHECK(ask(7, 3)["still_ours"].as<bool>());
    }
}

TEST_CASE("old signs of life go with those of workers that are no more") {
    database db;
    db.query("insert into txq.workers (name, lease, queues, kinds) values ('a:1', '1 s', '{}', '{}'), "
             "('b:2', '1 s', '{}', '{}')");
    db.query("insert into txq.worker_beats (worker, beat) select worker, beat from generate_series(1, 3) as worker, "
             "generate_series(1, 3) as beat");
    auto database = session_on(db);

    database.run(sql::prune_beats, pq::params{1, 3});

    CHECK(db.value("select string_agg(worker || '.' || beat, ' ' order by worker, beat) from txq.worker_beats") ==
          "1.3 2.1 2.2 2.3");
}

TEST_CASE("what holds back cleaning up is named") {
    database db;
    auto database = session_on(db);
    pqxx::connection other{db.url() + " application_name=forgotten"};
    pqxx::work tx{other};
    tx.exec("set transaction isolation level repeatable read");
    tx.exec("select pg_current_xact_id()");
    for (int i = 0; i < 3; ++i) db.query("select pg_current_xact_id()");
    auto const pid = std::to_string(other.backendpid());

    // the server is shared with other tests, which may have begun earlier
    auto const holder = database.run(sql::status_horizon);

    REQUIRE(holder.size() == 1);
    CHECK_THAT(holder[0]["what"].c_str(),
               Catch::Matchers::Contains("pid " + pid + " (forgotten, ") || Catch::Matchers::Contains("slot"));
    CHECK(holder[0]["transactions"].as<int>() >= 3);
}
