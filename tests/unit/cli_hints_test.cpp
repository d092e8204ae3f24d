#include <support/catch.hpp>

#include <txq/cli/status_report.hpp>

using namespace txq::cli;
using Catch::Matchers::Contains;

namespace {

queue_status healthy_queue() {
    queue_status queue;
    queue.queue = "mail";
    queue.workers = 2;
    queue.ready = {12, false};
    queue.oldest_ready = 100;
    return queue;
}

std::string only_hint(status_report const& report) {
    auto const all = hints(report);
    REQUIRE(all.size() == 1);
    return all[0];
}

} // namespace

TEST_CASE("nothing is hinted at when all is well") {
    status_report report;
    report.queues = {healthy_queue()};
    report.relays = {
        {.source = "one", .batch = 3, .outbox = outbox_status{.waiting = {5, false}, .oldest = 20, .active = true}},
        {.source = "other"}};
    report.workers = {{.name = "host:1", .lease = 4000, .silent = 900}};
    report.horizon = horizon_status{"pid 1", 500, 3};
    CHECK(hints(report).empty());
    CHECK(hints({}).empty());
}

TEST_CASE("orders that stand still are hinted at with commands for a shell") {
    auto queue = healthy_queue();
    queue.queue = "two words";
    queue.stopped_orders = 3;
    CHECK_THAT(only_hint({.queues = {queue}}),
               Contains("(orders: 3)") && Contains("txq jobs list --queue 'two words' --state dead"));
}

TEST_CASE("a queue's hint is the first reason why its jobs do not run") {
    auto queue = healthy_queue();
    SECTION("paused") {
        queue.paused_at = "2026-01-31 09:05:00.123+00";
        queue.workers = 0;
        CHECK_THAT(only_hint({.queues = {queue}}), Contains("paused since 2026-01-31 09:05:00 UTC"));
    }
    SECTION("without workers") {
        queue.workers = 0;
        queue.unknown_kinds = {{"receipt", 12}};
        CHECK_THAT(only_hint({.queues = {queue}}), Contains("no living worker serves it"));
    }
    SECTION("with dead workers alone") {
        queue.workers = 0;
        queue.dead_workers = 2;
        CHECK_THAT(only_hint({.queues = {queue}}), Contains("no living worker serves it (dead: 2)"));
    }
    SECTION("without workers and without jobs") {
        queue.workers = 0;
        queue.ready = {};
        CHECK(hints({.queues = {queue}}).empty());
    }
    SECTION("a kind that none of its workers knows") {
        queue.unknown_kinds = {{"receipt", 12}};
        CHECK_THAT(only_hint({.queues = {queue}}), Contains("kind receipt (at least 12)"));
    }
    SECTION("overdue scheduled jobs") {
        queue.next_in = -90'000;
        CHECK_THAT(only_hint({.queues = {queue}}), Contains("overdue by 1min 30s"));
    }
}

TEST_CASE("an outbox without a relay or with one that lags is hinted at") {
    relay_status relay{.source = "e8eb"};
    relay.outbox = outbox_status{.waiting = {10'000, true}, .oldest = 90'000};
    CHECK_THAT(only_hint({.relays = {relay}}), Contains("no txq-relay is active on outbox e8eb: 10,000+ of its jobs"));
    relay.outbox->waiting = {};
    CHECK_THAT(only_hint({.relays = {relay}}), Contains("nothing waits in it, but what is enqueued will not be run"));
    relay.outbox->active = true;
    CHECK_THAT(only_hint({.relays = {relay}}), Contains("waiting for the relay for 1min 30s"));
}

TEST_CASE("jobs that could not be moved are hinted at") {
    relay_status relay{.source = "e8eb"};
    relay.outbox = outbox_status{.active = true, .rejected = {2, false}};
    CHECK_THAT(only_hint({.relays = {relay}}), Contains("2 jobs of outbox e8eb could not be moved"));
}

TEST_CASE("a worker that is silent for longer than its lease is hinted at") {
    worker_status const silent{.name = "host:1", .lease = 4000, .silent = 4001, .running = 2};
    worker_status const living{.name = "host:2", .lease = 4000, .silent = 800};
    CHECK_THAT(only_hint({.workers = {silent, living}}), Contains("worker host:1 has been silent for 4s") &&
                                                             Contains("another one takes over its 2 jobs any moment"));
}

TEST_CASE("where every worker is silent nobody is said to take over") {
    worker_status const dead{.name = "host:1", .lease = 4000, .silent = 60'000, .lives = false};
    CHECK_THAT(only_hint({.workers = {dead}}), Contains("there is no living worker to take over its jobs; start one"));
}

TEST_CASE("a dead worker whose jobs nobody takes over is worth a look into the logs") {
    worker_status const dead{.name = "host:1", .lease = 4000, .silent = 60'000, .lives = false, .running = 1};
    worker_status const living{.name = "host:2", .lease = 4000, .silent = 800};
    CHECK_THAT(only_hint({.workers = {dead, living}}), Contains("should have taken over its 1 job by now"));
}

TEST_CASE("an old transaction is hinted at") {
    CHECK_THAT(only_hint({.horizon = horizon_status{"pid 4 (psql, anna): idle in transaction", 3'600'000, 12}}),
               Contains("pid 4 (psql, anna): idle in transaction, open for 1h"));
}

TEST_CASE("an old transaction in an outbox's own database is hinted at") {
    relay_status relay{.source = "e8eb"};
    relay.outbox = outbox_status{.active = true, .horizon = horizon_status{"prepared transaction x", 3'600'000, 12}};
    CHECK_THAT(only_hint({.relays = {relay}}),
               Contains("prepared transaction x, open for 1h: if it has written, rows of outbox e8eb"));
}

TEST_CASE("an outbox from which nothing is moved is hinted at with what is known and the command to go on") {
    stopped_outbox stopped{.source = "an-id",
                           .batch = 45,
                           .kept_batch = 40,
                           .first_batch = 41,
                           .jobs = 12,
                           .stopped_at = "2026-01-31 09:05:00.123+00"};
    relay_status relay{.source = "an-id", .outbox = outbox_status{.active = false}};
    SECTION("commits are lost") {
        relay.stopped = stopped;
        CHECK(only_hint({.relays = {relay}}) ==
              "nothing is moved from outbox an-id since 2026-01-31 09:05:00 UTC: its database went back in time, and "
              "lacks commits whose jobs were moved and may have run: those of batches 41 to 45 (12 jobs); to see more "
              "and to go on: txq outboxes resume an-id");
    }
    SECTION("of batches that nobody remembers") {
        stopped.first_batch = 0;
        relay.stopped = stopped;
        CHECK_THAT(only_hint({.relays = {relay}}), Contains("may have run; to see more"));
    }
    SECTION("the server is an old one") {
        stopped.why = "outdated";
        relay.stopped = stopped;
        CHECK_THAT(only_hint({.relays = {relay}}), Contains("jobs of a successor; point the relay's --source"));
    }
    SECTION("the queue has lost jobs") {
        stopped.why = "queue_lost_jobs";
        stopped.first_batch = 0;
        relay.stopped = stopped;
        CHECK_THAT(
            only_hint({.relays = {relay}}),
            Contains("the queue went back in time, and lacks batches whose jobs the outbox does not have any more; "
                     "to see more and to go on"));
    }
    SECTION("a person has spoken and no relay is there") {
        stopped.resumed_at = "2026-01-31 09:06:00+00";
        relay.stopped = stopped;
        CHECK(hints({.relays = {relay}}).size() == 2);
    }
}
