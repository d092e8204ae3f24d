// Who lets the next job of an order run, when one ends and another is added at the same time.

#include <support/catch.hpp>
#include <support/claim.hpp>
#include <support/database.hpp>

#include <thread>

using namespace txq;
using namespace txq::test;

namespace {

constexpr auto states = "select string_agg(state::text, ' ' order by order_place) from txq.jobs";

/// Adds a job that waits for its turn, as the relay does.
void add_waiting(pqxx::transaction_base& tx) {
    tx.exec("insert into txq.jobs (id, operation_id, queue, kind, priority, max_attempts, state, run_at, enqueued_at, "
            "payload, order_key, order_place, order_holds) select id, id, 'default', 'test', 2, 20, 'waiting', now(), "
            "now(), '{}', 'key', nextval('txq.job_seq'), true from (select gen_random_uuid() as id) as new");
}

/// One that adds jobs.
struct producer {
    explicit producer(database& db) : on{{.where = connection_info::parse(db.url())}} {}

    void add() {
        pqxx::work tx{on.connection()};
        add_waiting(tx);
        tx.commit();
    }
    session on;
};

int start_next(session& on, pqxx::work& tx) {
    pq::params const order{"{default}", "{key}"};
    on.run(tx, sql::lock_orders, order);
    return on.run(tx, sql::next_in_order, order)[0]["started"].as<int>();
}

int start_next(session& on) {
    pqxx::work tx{on.connection()};
    auto const started = start_next(on, tx);
    tx.commit();
    return started;
}

/// As long as others are at it for so long that it gives up.
int start_next_in_the_end(session& on) {
    for (;;) try {
            return start_next(on);
        } catch (pqxx::sql_error const& failed) {
            if (pq::sqlstate(failed) != "55P03") throw;
        }
}

} // namespace

TEST_CASE("a job that is added while the one before it ends is let run by the one who ended that") {
    database db;
    producer relay{db};
    relay.add();
    start_next(relay.on);
    registered worker{db};
    auto const head = worker.claim(1);
    {
        pqxx::work tx{worker.on.connection()};
        CHECK(worker.on.run(tx, sql::complete_jobs, worker.attempts_of(head)).size() == 1);
        relay.add();
        CHECK(start_next(relay.on) == 0); // the one before it has not ended for those who look
        tx.commit();
    }
    CHECK(start_next(worker.on) == 1);
    CHECK(db.value(states) == "ready");
}

TEST_CASE("a job that is added while the one before it has ended is let run by the one who added it") {
    database db;
    producer relay{db};
    relay.add();
    start_next(relay.on);
    registered worker{db};
    auto const head = worker.claim(1);
    {
        pqxx::work tx{relay.on.connection()};
        add_waiting(tx);
        CHECK(worker.complete(head) == 1);
        CHECK(start_next(worker.on) == 0); // sees nothing that waits
        tx.commit();
    }
    CHECK(start_next(relay.on) == 1);
    CHECK(db.value(states) == "ready");
}

TEST_CASE("two who let the next job run at the same time let one run") {
    database db;
    producer a{db};
    producer b{db};
    a.add();
    a.add();
    auto second = -1;
    std::thread other;
    {
        pqxx::work tx{a.on.connection()};
        CHECK(start_next(a.on, tx) == 1);
        other = std::thread{[&] { second = start_next_in_the_end(b.on); }};
        db.wait_until(someone_waits, "1");
        tx.commit();
    }
    other.join();
    CHECK(second == 0);
    CHECK(db.value(states) == "ready waiting");
    // or claims would wait, see claim_jobs
    CHECK(db.value("select xmax = '0' or xmax = xmin from txq.jobs where state = 'ready'") == "t");
}

TEST_CASE("a job that somebody is writing is left to who looks for orders that stand still") {
    database db;
    producer relay{db};
    relay.add();
    pqxx::connection application{db.url()};
    {
        pqxx::work tx{application};
        tx.exec("select from txq.jobs for update");
        CHECK(start_next(relay.on) == 0);
    }
    CHECK(start_next(relay.on) == 1);
}

TEST_CASE("an order in which nobody let the next job run is found") {
    database db;
    producer relay{db};
    auto const look = [&] { return relay.on.run(sql::stalled_orders, pq::params{"", "", 10})[0]; };
    CHECK(look()["queues"].is_null());
    relay.add();
    relay.add();
    auto const stalled = look();
    CHECK(std::string{stalled["queues"].c_str()} == "{default}");
    CHECK(std::string{stalled["order_keys"].c_str()} == "{key}");
    CHECK(stalled["last_queue"].is_null());
    CHECK(start_next(relay.on) == 1);
    CHECK(look()["queues"].is_null());
    CHECK(db.value(states) == "ready waiting");
}

TEST_CASE("orders are looked at a few at a time") {
    database db;
    producer relay{db};
    for (int i = 0; i < 6; ++i) relay.add();
    db.query("update txq.jobs set order_key = 'key ' || order_place % 3");
    auto const look = [&](std::string const& queue, std::string const& key) {
        return relay.on.run(sql::stalled_orders, pq::params{queue, key, 2})[0];
    };
    auto const first = look("", "");
    CHECK(first["order_keys"].as<std::string>() == R"({"key 0","key 1"})");
    CHECK(first["last_queue"].as<std::string>() == "default");
    CHECK(first["last_key"].as<std::string>() == "key 1");
    auto const second = look("default", "key 1");
    CHECK(second["order_keys"].as<std::string>() == R"({"key 2"})");
    CHECK(second["last_key"].is_null());
}

TEST_CASE("the table refuses two jobs of an order that could run at the same time") {
    database db;
    producer relay{db};
    relay.add();
    relay.add();
    start_next(relay.on);
    CHECK_THROWS_AS(db.query("update txq.jobs set state = 'ready', seq = 1 where state = 'waiting'"), pqxx::sql_error);
}

TEST_CASE("who hangs while he alone makes jobs ready is ended so that others can") {
    database db;
    session hangs{{.where = connection_info::parse(db.url()), .name = "hangs"}};
    session other{{.where = connection_info::parse(db.url())}};
    pq::params const order{"{default}", "{key}"};
    pqxx::work tx{hangs.connection()};
    hangs.run(tx, sql::lock_orders, order);
    REQUIRE(hangs.run(tx, sql::lock_duty, pq::params{"promote_jobs"})[0]["mine"].as<bool>());
    CHECK_FALSE(other.run(sql::lock_duty, pq::params{"promote_jobs"})[0]["mine"].as<bool>());
    db.wait_until("select count(*) from pg_stat_activity where application_name = 'hangs'", "0");
    CHECK(other.run(sql::lock_duty, pq::params{"promote_jobs"})[0]["mine"].as<bool>());
    CHECK_NOTHROW(other.run(sql::lock_orders, order));
}
