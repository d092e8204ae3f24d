// A server whose queue of notifications is full, because a listener somewhere on it does not read.

#include <support/catch.hpp>
#include <support/claim.hpp>
#include <support/database.hpp>
#include <support/relay.hpp>
#include <support/running_worker.hpp>

#include <atomic>
#include <optional>
#include <string_view>

using namespace std::chrono_literals;
using namespace txq;
using namespace txq::test;

namespace {

/// What PostgreSQL says where a listener has not read its notifications until there is no room left.
void fill_notifications(database& db) {
    db.query("alter function pg_catalog.pg_notify(text, text) rename to real_pg_notify");
    db.query("alter function pg_catalog.pg_notification_queue_usage() rename to real_pg_notification_queue_usage");
    db.query("create function pg_catalog.pg_notify(text, text) returns void language plpgsql as $$ begin "
             "raise exception 'too many notifications in the NOTIFY queue' using errcode = '54000'; end $$");
    db.query("create function pg_catalog.pg_notification_queue_usage() returns double precision volatile "
             "language sql as 'select 1::double precision'");
}

constexpr auto ready = "select count(*) from txq.jobs where state = 'ready'";

void make_all(database& db, std::string const& state) {
    db.query("update txq.jobs set state = '" + state + "', seq = null, run_at = now() - interval '1 second', " +
             (state == "scheduled" ? "finished_at = null" : "finished_at = now()"));
}

} // namespace

TEST_CASE("jobs are moved and not put aside while nobody can be notified") {
    database shop{database::schema::outbox};
    database queue{database::schema::queue};
    fill_notifications(queue);
    enqueue(shop, 5);
    relay_by_hand relay{shop, queue};
    CHECK(relay.move_all() == 5);
    CHECK(queue.number(ready) == 5);
    CHECK(shop.number("select count(*) from txq.outbox_rejected") == 0);
}

TEST_CASE("jobs get ready again while nobody can be notified") {
    database db;
    put_jobs(db, {.count = 3});
    registered worker{db};
    registered other{db};
    fill_notifications(db);

    SECTION("when they are due") {
        make_all(db, "scheduled");
        CHECK(worker.on.run(sql::promote_jobs, pq::params{10, "-infinity"})[0]["promoted"].as<int>() == 3);
    }
    SECTION("when their worker is dead") {
        REQUIRE(worker.claim(3).size() == 3);
        CHECK(other.on.run(sql::rescue_jobs, pq::params{worker.id, 0, 3}).size() == 3);
    }
    SECTION("when their worker is not registered") {
        REQUIRE(worker.claim(3).size() == 3);
        db.query("delete from txq.workers where id = " + std::to_string(worker.id));
        CHECK(other.on.run(sql::rescue_orphans).size() == 3);
    }
    SECTION("when their worker leaves") {
        REQUIRE(worker.claim(3).size() == 3);
        CHECK(worker.on.run(sql::leave, pq::params{worker.id}).size() == 3);
    }
    SECTION("when their worker gives them back") {
        auto const jobs = worker.claim(3);
        auto const ended =
            worker.on.run(sql::end_attempts, pq::params{worker.id, "race:1", pq::array(column(jobs, "id")),
                                                        pq::array(column(jobs, "fence")), "{ready,ready,ready}",
                                                        "{0,0,0}", "{t,t,t}", "{null,null,null}", "{null,null,null}"});
        CHECK(ended.size() == 3);
    }
    SECTION("when somebody wants them to be tried again") {
        make_all(db, "dead");
        auto const ids = db.value("select array_agg(id) from txq.jobs");
        CHECK(worker.on.run(sql::retry_jobs, pq::params{ids, "{dead}", std::nullopt}).size() == 3);
    }
    CHECK(db.number(ready) == 3);
}

TEST_CASE("queues and kinds and tenants are resumed while nobody can be notified") {
    database db;
    fill_notifications(db);
    for (auto const* what : {"queue", "kind", "tenant"}) {
        db.query("select txq.pause(" + std::string{what} + " => 'x')");
        CHECK(db.value("select txq.resume(" + std::string{what} + " => 'x') is not null") == "t");
    }
}

TEST_CASE("a worker runs delayed jobs and tries others again while nobody can be notified") {
    database db;
    put_jobs(db, {});
    make_all(db, "scheduled");
    fill_notifications(db);
    std::atomic<int> attempts{0};
    running_worker const worker{db, one_handler(
                                        [&](raw_job const&, context&) {
                                            if (++attempts < 3) throw std::runtime_error{"not yet"};
                                        },
                                        {.retry = fixed_backoff{.delay = 1ms}})};
    db.wait_until(processed, "1");
    CHECK(attempts == 3);
}

TEST_CASE("whatever notifies asks first whether there is room") {
    database db;
    for (auto const* one : sql::all) {
        INFO(one->name);
        std::string_view const text{one->text};
        CHECK((text.find("pg_notify(") == text.npos) == (text.find("pg_notification_queue_usage()") == text.npos));
    }
    CHECK(db.number("select count(*) from pg_proc where pronamespace = 'txq'::regnamespace and "
                    "(prosrc like '%pg_notify(%') <> (prosrc like '%pg_notification_queue_usage()%')") == 0);
}
