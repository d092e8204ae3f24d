#include <support/catch.hpp>

#include <stdexcept>

#include <relay/src/columns.hpp>
#include <relay/src/continuity.hpp>

using namespace txq::relay;

namespace {

recorded const before{.batch = 40, .timeline = 3, .at = {.txid = 1000}};
observed const now{.timeline = 3, .seen = {.xmax = 1000}, .barrier = 40};

observed changed(auto change) {
    auto other = now;
    change(other);
    return other;
}

} // namespace

TEST_CASE("numbers are read as PostgreSQL writes arrays of them") {
    CHECK(numbers<transaction_id>("{}").empty());
    CHECK(numbers<transaction_id>("{18446744073709551615}") == std::vector<transaction_id>{18446744073709551615u});
    CHECK(numbers<std::int64_t>("{1,-2,30}") == std::vector<std::int64_t>{1, -2, 30});
    CHECK_THROWS_AS(numbers<std::int64_t>("{1,null}"), std::invalid_argument);
}

TEST_CASE("an outbox that was never moved from begins anywhere") {
    auto const barrier = GENERATE(0, 1); // 1: of a relay that died before it had moved anything
    CHECK(judge(std::nullopt, changed([&](auto& one) { one.barrier = barrier; })) == continuity::unbroken);
}

TEST_CASE("a queue that knows nothing of an outbox from which batches were moved has lost them") {
    auto const moved = [](auto& one) { one.barrier = 2; };
    CHECK(judge(std::nullopt, changed(moved)) == continuity::queue_lost_batches);
    CHECK(judge(std::nullopt, changed([&](auto& one) {
                    moved(one);
                    one.holds_queue = true;
                })) == continuity::unbroken);
}

TEST_CASE("the same server goes on") {
    CHECK(judge(before, now) == continuity::unbroken);
    CHECK(judge(before, changed([](auto& one) { one.seen.xmax = 5000; })) == continuity::unbroken);
}

TEST_CASE("a relay that died between the barrier and the batch has lost nothing") {
    CHECK(judge(before, changed([](auto& one) { one.barrier = 41; })) == continuity::unbroken);
}

TEST_CASE("more batches read than recorded mean that the queue has gone back") {
    CHECK(judge(before, changed([](auto& one) { one.barrier = 42; })) == continuity::queue_lost_batches);
}

TEST_CASE("a queue that has lost batches whose jobs are gone from the outbox is said to have lost jobs") {
    auto known = before;
    known.at = {.txid = 1000, .seq = 7};
    auto const lost = [&](row_place const& truncated, std::int64_t barrier = 42) {
        return judge(known, changed([&](auto& one) {
                         one.seen.xmax = 2000;
                         one.barrier = barrier;
                         one.truncated = truncated;
                     }));
    };
    CHECK(lost({1000, 7}) == continuity::queue_lost_batches);
    CHECK(lost({1000, 8}) == continuity::queue_lost_jobs);
    CHECK(lost({1001, 1}) == continuity::queue_lost_jobs);
    CHECK(lost({1001, 1}, 41) == continuity::unbroken); // nothing is truncated before the barrier says so
    known.stopped = stop{.kept_batch = 42, .timeline = 3, .why = stop_reason::queue_lost_jobs};
    CHECK(lost({1001, 1}) == continuity::queue_lost_jobs);
    known.stopped->resumed = true;
    CHECK(lost({1001, 1}) == continuity::source_replaced);
}

TEST_CASE("what is truncated and of a transaction that was late and has ended since may be lost") {
    position const moved{.txid = 1000, .seq = 7, .late = {{.txid = 900, .seq = 3}}};
    CHECK(covers(moved, {899, 1}, {.xmax = 2000}));
    CHECK_FALSE(covers(moved, {950, 1}, {.xmax = 2000}));
    CHECK(covers(moved, {950, 1}, {.xmax = 2000, .in_progress = {900}}));
    CHECK_FALSE(covers(moved, {1000, 8}, {.xmax = 2000, .in_progress = {900}}));
}

TEST_CASE("a reason for which nothing is moved is read as it was written") {
    for (auto const why : {stop_reason::lost_commits, stop_reason::outdated, stop_reason::queue_lost_jobs})
        CHECK(parse_stop_reason(to_text(why)) == why);
}

TEST_CASE("a queue that has lost the batches with which an outbox was read anew has a position that means nothing") {
    auto const lost = GENERATE(1, 2, 30);
    auto const read_anew_at = [&](std::int64_t first) {
        return judge(before, changed([&](auto& one) {
                         one.barrier = before.batch + lost;
                         one.anew = first;
                     }));
    };
    CHECK(read_anew_at(41) == continuity::queue_lost_reading_anew);
    CHECK(read_anew_at(40) != continuity::queue_lost_reading_anew);
}

TEST_CASE("where an outbox was read anew under another queue says nothing") {
    CHECK(judge(before, changed([](auto& one) { one.anew = 99; })) == continuity::unbroken);
    CHECK(judge(std::nullopt, changed([](auto& one) {
                    one.barrier = 1;
                    one.anew = 30;
                })) == continuity::unbroken);
}

TEST_CASE("fewer batches read than recorded mean that the outbox has lost commits") {
    auto const timeline = GENERATE(3, 4);
    CHECK(judge(before, changed([&](auto& one) {
                    one.barrier = 39;
                    one.timeline = timeline;
                    one.seen.xmax = 5000; // it has caught up
                })) == continuity::source_lost_commits);
}

TEST_CASE("transaction ids below the position mean that the outbox has lost commits unless the queue is in it") {
    CHECK(judge(before, changed([](auto& one) { one.seen.xmax = 999; })) == continuity::source_lost_commits);
    CHECK(judge(before, changed([](auto& one) {
                    one.seen.xmax = 999;
                    one.holds_queue = true;
                })) == continuity::source_replaced);
}

TEST_CASE("a stopped outbox stays so however far its transaction ids go on") {
    auto known = before;
    known.stopped = stop{.kept_batch = 40, .timeline = 3};
    CHECK(judge(known, changed([](auto& one) { one.seen.xmax = 5000; })) == continuity::source_lost_commits);
    known.stopped->kept_batch = 38;
    CHECK(judge(known, changed([](auto& one) {
                    one.seen.xmax = 5000;
                    one.barrier = 38;
                })) == continuity::source_lost_commits);
}

TEST_CASE("a stopped outbox is read anew when a person has said so or a server has everything") {
    auto known = before;
    known.stopped = stop{.kept_batch = 38, .timeline = 3};
    CHECK(judge(known, now) == continuity::source_replaced);
    known.stopped->resumed = true;
    // 41: of a relay that died before it had written what it read anew
    auto const barrier = GENERATE(38, 40, 41);
    CHECK(judge(known, changed([&](auto& one) { one.barrier = barrier; })) == continuity::source_replaced);
    CHECK(judge(known, changed([&](auto& one) {
                    one.barrier = barrier;
                    one.timeline = 4; // failed over meanwhile
                })) == continuity::source_replaced);
}

TEST_CASE("what a person has said is not said of an outbox that has lost more since") {
    auto known = before;
    known.stopped = stop{.kept_batch = 38, .timeline = 3, .resumed = true};
    CHECK(judge(known, changed([](auto& one) { one.barrier = 37; })) == continuity::source_lost_commits);
    CHECK(judge(known, changed([](auto& one) {
                    one.barrier = 38;
                    one.timeline = 2;
                })) == continuity::source_outdated);
}

TEST_CASE("an old server is moved from when a person has said so and its successor as before") {
    auto known = before;
    known.stopped = stop{.kept_batch = 35, .timeline = 2, .why = stop_reason::outdated};
    auto const old = changed([](auto& one) {
        one.timeline = 2;
        one.barrier = 35;
    });
    CHECK(judge(known, old) == continuity::source_outdated);
    CHECK(judge(known, now) == continuity::source_replaced);
    known.stopped->resumed = true;
    CHECK(judge(known, old) == continuity::source_replaced);
}

TEST_CASE("within one database the barrier says nothing") {
    auto const barrier = GENERATE(0, 39, 42);
    CHECK(judge(before, changed([&](auto& one) {
                    one.barrier = barrier;
                    one.anew = barrier;
                    one.holds_queue = true;
                })) == continuity::unbroken);
}

TEST_CASE("a promoted standby that has every batch is read anew unless the queue is in it") {
    CHECK(judge(before, changed([](auto& one) { one.timeline = 4; })) == continuity::source_replaced);
    CHECK(judge(before, changed([](auto& one) {
                    one.timeline = 4;
                    one.holds_queue = true;
                })) == continuity::unbroken);
}

TEST_CASE("a primary that was replaced and comes back is not moved from") {
    CHECK(judge(before, changed([](auto& one) { one.timeline = 2; })) == continuity::source_outdated);
}

TEST_CASE("a copy of an outbox that was moved from may have rows that were moved") {
    CHECK(judge(std::nullopt, changed([](auto& one) { one.copied = true; })) == continuity::source_replaced);
    CHECK(judge(before, changed([](auto& one) { one.copied = true; })) == continuity::unbroken);
}
