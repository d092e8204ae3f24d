// What is done with jobs by their keys, and what is asked of enqueues that others stand for: in C++ and by the command.

#include <support/catch.hpp>
#include <support/command.hpp>
#include <support/database.hpp>
#include <support/relay.hpp>

#include <txq/enqueue.hpp>
#include <txq/jobs_by_key.hpp>

using Catch::Matchers::Contains;
using namespace std::chrono_literals;
using namespace txq::test;
using txq::cancellation;

namespace {

constexpr auto kind = "cart";
constexpr auto key = R"({"cart": 7})";

/// A queue in which a job stands for a key.
struct queue_with_job {
    database db;
    relay_by_hand relay{db};
    pqxx::connection connection{db.url()};
    pqxx::nontransaction tx{connection};
    txq::uuid first = put();

    txq::uuid put() {
        txq::uuid const id = txq::enqueue(tx, kind, R"({"cart": 7})", {.unique = txq::unique{.fields = {"cart"}}});
        relay.move_all();
        return id;
    }
    std::string state() { return db.value("select state from txq.jobs"); }
};

} // namespace

TEST_CASE("a job is found by its key until nobody knows it any more") {
    queue_with_job on;
    auto const found = txq::find_job(on.tx, kind, key);
    REQUIRE(found);
    CHECK(found->id == on.first);
    CHECK(found->state == "ready");
    CHECK_FALSE(txq::find_job(on.tx, "other", key));
    on.db.query("with gone as (delete from txq.jobs returning *) insert into txq.processed_jobs (operation_id, job_id, "
                "queue, kind, attempt) select operation_id, id, queue, kind, 1 from gone");
    CHECK(txq::find_job(on.tx, kind, key)->state == "completed");
    on.db.query("delete from txq.processed_jobs");
    CHECK_FALSE(txq::find_job(on.tx, kind, key));
}

TEST_CASE("a job is cancelled by its key") {
    queue_with_job on;
    CHECK(txq::cancel_job(on.tx, kind, "other") == cancellation::none);
    CHECK(txq::cancel_job(on.tx, kind, key) == cancellation::cancelled);
    CHECK(on.state() == "cancelled");
    CHECK(txq::cancel_job(on.tx, kind, key) == cancellation::none);
    auto const next = on.put();
    CHECK(txq::find_job(on.tx, kind, key)->id == next);
}

TEST_CASE("the worker of a running job is asked to stop it by its key") {
    queue_with_job on;
    on.db.query("update txq.jobs set state = 'running', worker = 1, claimed_at = now()");
    CHECK(txq::cancel_job(on.tx, kind, key) == cancellation::requested);
    CHECK(on.db.value("select cancelling from txq.jobs") == "t");
    CHECK_FALSE(txq::reschedule_job(on.tx, kind, key, std::chrono::system_clock::now()));
}

TEST_CASE("a job is rescheduled by its key") {
    queue_with_job on;
    auto const later = std::chrono::system_clock::now() + 1h;
    CHECK(txq::reschedule_job(on.tx, kind, key, later));
    CHECK(on.db.value("select state || ' ' || (run_at > now() + interval '50 minutes') from txq.jobs") ==
          "scheduled true");
    CHECK(txq::reschedule_job(on.tx, kind, key, later - 2h));
    CHECK(on.db.value("select run_at < now() from txq.jobs") == "t");
    CHECK_FALSE(txq::reschedule_job(on.tx, kind, "other", later));
    CHECK_THROWS_WITH(txq::reschedule_job(on.tx, kind, key, std::chrono::system_clock::time_point::max()),
                      "run_at must be a point in time of the years 1970 to 2199");
}

TEST_CASE("fields that are a key may be written with other spaces and in another order") {
    queue_with_job on;
    txq::enqueue(on.tx, kind, R"({"cart": 8, "id": "x y"})", {.unique = txq::unique{.fields = {"cart", "id"}}});
    txq::enqueue(on.tx, kind, "{}", {.unique = txq::unique{.key = R"({"a":1})"}});
    auto const much = R"({"cart":")" + std::string(600, 'x') + "\"}";
    auto const many = txq::enqueue(on.tx, kind, much, {.unique = txq::unique{.fields = {"cart"}}});
    on.relay.move_all();
    CHECK(txq::find_job(on.tx, kind, R"({"cart":7})")->id == on.first);
    CHECK(txq::find_job(on.tx, kind, R"( { "cart":8,"id":"x y" })"));
    CHECK(txq::find_job(on.tx, kind, R"({"a":1})")); // a key that only looks so
    CHECK(txq::find_job(on.tx, kind, much)->id == many);
    CHECK_FALSE(txq::find_job(on.tx, kind, R"({"cart": 9})"));
    CHECK_FALSE(txq::find_job(on.tx, kind, R"({"cart": "\u0000"})"));
    auto const later = std::chrono::system_clock::now() + 1h;
    CHECK(txq::reschedule_job(on.tx, kind, R"({"cart":7})", later));
    CHECK(run_txq(on.db, {"jobs", "list", "--kind", kind, "--key", R"({"cart":7})", "--json"}).json()["jobs"].size() ==
          1);
    CHECK(txq::cancel_job(on.tx, kind, R"({"cart":7})") == cancellation::cancelled);
    CHECK(txq::cancel_job(on.tx, kind, R"({"cart":7})") == cancellation::none);
}

TEST_CASE("a producer learns which job stands for its enqueue") {
    queue_with_job on;
    auto const second = on.put();
    auto const outcome = txq::outcome_of_enqueue(on.tx, second);
    REQUIRE(outcome);
    CHECK(outcome->job == on.first);
    CHECK(outcome->outcome == "kept");
    CHECK_FALSE(txq::outcome_of_enqueue(on.tx, on.first));

    auto const shown = run_txq(on.db, {"jobs", "show", second.str()});
    CHECK(shown.status == 0);
    CHECK_THAT(shown.out, Contains("another one was kept") && Contains(on.first.str()));
    CHECK(run_txq(on.db, {"jobs", "show", second.str(), "--json"}).json()["job"] == on.first.str());
    CHECK(run_txq(on.db, {"dead", "show", second.str()}).status == 5);
}

TEST_CASE("keys that cannot be are refused before they are asked for") {
    queue_with_job on;
    CHECK_THROWS_WITH(txq::find_job(on.tx, kind, ""), "key is empty; it must have 1 to 512 bytes");
    CHECK_THROWS_WITH(txq::cancel_job(on.tx, kind, std::string(513, 'k')), "key has 513 bytes; the limit is 512");
    CHECK_THROWS_WITH(txq::find_job(on.tx, "", key), "kind is empty; it must have 1 to 128 bytes");
}

TEST_CASE("a database without the queue is told apart from one without the job") {
    database outbox{database::schema::outbox};
    pqxx::connection connection{outbox.url()};
    pqxx::nontransaction tx{connection};
    CHECK_THROWS_WITH(txq::find_job(tx, kind, key), Contains("is it the queue's database"));
}

TEST_CASE("the command enqueues and finds jobs by key") {
    database db;
    relay_by_hand relay{db};
    std::vector<std::string> const enqueue{"enqueue",
                                           "cart",
                                           R"({"cart": 7, "shop": 1})",
                                           "--delay",
                                           "500ms",
                                           "--unique-field",
                                           "cart",
                                           "--unique-field",
                                           "shop",
                                           "--on-conflict",
                                           "postpone",
                                           "--at-most",
                                           "2s",
                                           "--unique-within",
                                           "1h",
                                           "--unique-states",
                                           "waiting,running,done"};
    REQUIRE(run_txq(db, enqueue).status == 0);
    CHECK(db.value("select rules from txq.outbox") ==
          R"({"unique": {"fields": ["cart", "shop"], "states": ["waiting", "running", "done"], "within_ms": 3600000, )"
          R"("at_most_ms": 2000, "on_conflict": "postpone"}})");
    relay.move_all();
    auto const listed = run_txq(db, {"jobs", "list", "--kind", "cart", "--key", R"({"cart": 7, "shop": 1})", "--json"});
    REQUIRE(listed.status == 0);
    CHECK(listed.json()["jobs"].size() == 1);
    CHECK(run_txq(db, {"jobs", "list", "--kind", "cart", "--key", "x", "--json"}).json()["jobs"].empty());
    CHECK(run_txq(db, {"jobs", "list", "--key", "x"}).status == 2);
    CHECK(run_txq(db, {"enqueue", "cart", "--on-conflict", "keep"}).status == 2);
    CHECK(run_txq(db, {"enqueue", "cart", "--unique-field", "cart"}).status == 2);
    CHECK(run_txq(db, {"enqueue", "cart", "--unique-key", "k", "--unique-within", "soon"}).status == 2);
    CHECK(
        run_txq(db, {"enqueue", "cart", "--unique-key", "k", "--on-conflict", "postpone", "--at-most", "0s"}).status ==
        2);
}

TEST_CASE("the command reschedules and cancels a job by its key and no other") {
    queue_with_job on;
    on.db.query("select txq.enqueue('cart', '{\"cart\": 8}')");
    on.relay.move_all();
    auto const moved = run_txq(on.db, {"jobs", "reschedule", "--kind", kind, "--key", key, "--delay", "1h"});
    CHECK_THAT(moved.out + moved.err, Contains("1 job is rescheduled"));
    CHECK(on.db.value("select id from txq.jobs where state = 'scheduled' and run_at > now()") == on.first.str());
    auto const cancelled = run_txq(on.db, {"jobs", "cancel", "--kind", kind, "--key", key});
    CHECK_THAT(cancelled.out, Contains("1 job"));
    CHECK(on.db.value("select id from txq.jobs where state = 'cancelled'") == on.first.str());
    CHECK(on.db.number("select count(*) from txq.jobs where state = 'ready'") == 1);
    CHECK(run_txq(on.db, {"jobs", "cancel", "--kind", kind, "--key", "nobody's"}).status == 5);
}

TEST_CASE("the command reschedules jobs that wait and no others") {
    queue_with_job on;
    auto const id = on.first.str();
    auto const at = run_txq(on.db, {"jobs", "reschedule", id, "--run-at", "2100-01-31 09:00 Europe/Berlin"});
    CHECK(at.out == id + " is scheduled\n");
    CHECK(on.db.value("select run_at at time zone 'UTC' from txq.jobs") == "2100-01-31 08:00:00");
    CHECK(run_txq(on.db, {"jobs", "reschedule", id}).status == 2);
    CHECK(run_txq(on.db, {"jobs", "reschedule", id, "--run-at", "soon"}).status == 2);
    for (auto const* time : {"9999-12-31", "1000-01-01", "2200-01-01"})
        CHECK_THAT(run_txq(on.db, {"jobs", "reschedule", id, "--run-at", time}).err, Contains("1970 to 2199"));
    CHECK(on.db.value("select run_at at time zone 'UTC' from txq.jobs") == "2100-01-31 08:00:00");
    on.db.query("update txq.jobs set state = 'running', worker = 1, seq = 1, claimed_at = now()");
    auto const running = run_txq(on.db, {"jobs", "reschedule", id, "--delay", "1h"});
    CHECK(running.status == 5);
    CHECK_THAT(running.err, Contains("only waiting, scheduled and ready jobs"));
}
