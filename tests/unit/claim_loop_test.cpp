#include <support/catch.hpp>

#include <worker/src/claim_loop.hpp>

using namespace std::chrono_literals;
using txq::claim_loop;

namespace {

/// A claim that gets as many as it asks for, or `got`. Returns how many it asked for.
int claim(claim_loop& loop, int got = 1'000'000, claim_loop::claimed what = {}) {
    auto const asked = loop.begin();
    what.jobs = std::min(got, asked.jobs);
    loop.end(asked, what);
    return asked.jobs;
}

/// Whose handlers have taken this long for a while.
claim_loop loop_of(claim_loop::limits limits, std::chrono::nanoseconds each) {
    claim_loop loop{limits};
    for (int i = 0; i < 400; ++i) {
        loop.on_maybe_more();
        auto const jobs = std::min(16, claim(loop, 16));
        loop.on_left(jobs, each);
    }
    loop.on_maybe_more();
    return loop;
}

} // namespace

TEST_CASE("a group without prefetch claims one job per thread and then one for each that left") {
    claim_loop loop{{.threads = 2, .prefetch = 0}};
    CHECK(claim(loop) == 2);
    CHECK(claim(loop) == 0);
    loop.on_left(1, 1s);
    CHECK(claim(loop) == 1);
}

TEST_CASE("jobs that leave without having run say nothing about how long handlers take") {
    auto loop = loop_of({.threads = 4}, 100ms);
    auto const before = loop.capacity();
    for (int i = 0; i < 20; ++i) {
        loop.on_maybe_more();
        loop.on_left(std::min(4, claim(loop, 4)), std::nullopt);
    }
    CHECK(loop.capacity() == before);
}

TEST_CASE("a claim that was not filled is not repeated before there may be more") {
    claim_loop loop{{.threads = 4, .prefetch = 0}};
    claim(loop, 1);
    CHECK(claim(loop) == 0);
    loop.on_maybe_more();
    CHECK(claim(loop) == 3);
}

TEST_CASE("a claim that was not filled is repeated if news came while it was under way") {
    claim_loop loop{{.threads = 4, .prefetch = 0}};
    auto const asked = loop.begin();
    loop.on_maybe_more();
    loop.end(asked, {});
    CHECK(claim(loop) == 4);
}

TEST_CASE("what is being asked for is not asked for twice") {
    claim_loop loop{{.threads = 4, .prefetch = 0}};
    auto const asked = loop.begin();
    CHECK(asked.jobs == 4);
    CHECK(loop.begin().jobs == 0);
    loop.end(asked, {.jobs = 1});
    loop.on_maybe_more();
    CHECK(loop.begin().jobs == 3);
}

TEST_CASE("prefetched jobs are claimed a good part at a time and not one by one") {
    claim_loop loop{{.threads = 2, .prefetch = 14}};
    claim(loop);
    loop.on_left(3, 1ms);
    CHECK(claim(loop) == 0);
    loop.on_left(1, 1ms);
    CHECK(claim(loop) == 4);
}

TEST_CASE("a thread without work is reason enough to claim") {
    claim_loop loop{{.threads = 4, .prefetch = 12}};
    claim(loop, 3);
    loop.on_maybe_more();
    CHECK(claim(loop) == 13);
}

TEST_CASE("quick handlers get more work ahead than slow ones") {
    auto const quick = loop_of({.threads = 4}, 10us);
    auto const slow = loop_of({.threads = 4}, 2s);
    CHECK(quick.capacity() > 500);
    CHECK(quick.capacity() <= 4 + claim_loop::largest_claim);
    CHECK(slow.capacity() == 4);
}

TEST_CASE("after a job has waited too long for a thread none is claimed ahead") {
    claim_loop loop{{.threads = 4}};
    REQUIRE(loop.capacity() > 4);
    loop.on_waited_too_long();
    CHECK(loop.capacity() == 4);
}

TEST_CASE("no claim is larger than the largest") {
    claim_loop loop{{.threads = 4, .prefetch = 5000}};
    CHECK(claim(loop) == claim_loop::largest_claim);
}

TEST_CASE("less is claimed ahead of jobs with large payloads") {
    claim_loop loop{{.threads = 4, .prefetch = 900}};
    CHECK(loop.capacity() == 904);
    for (int i = 0; i < 20; ++i) {
        loop.on_maybe_more();
        loop.on_left(std::min(10, claim(loop, 10, {.bytes = 10 << 20})), 1ms);
    }
    CHECK(loop.capacity() == 4 + 8); // 8 MiB of payloads of one
}

TEST_CASE("jobs with quick handlers are claimed by locks once they are known to be quick") {
    claim_loop fresh{{.threads = 4, .may_lock = true}};
    CHECK(fresh.how() == claim_loop::by::lease);
    CHECK(loop_of({.threads = 4, .may_lock = true}, 900us).how() == claim_loop::by::lock);
    CHECK(loop_of({.threads = 4, .may_lock = true}, 2ms).how() == claim_loop::by::lease);
    CHECK(loop_of({.threads = 4, .may_lock = false}, 1us).how() == claim_loop::by::lease);
}

TEST_CASE("a claim that got jobs which need leases makes the next one by leases") {
    auto loop = loop_of({.threads = 4, .may_lock = true}, 10us);
    claim(loop, 10, {.lasting = 1});
    CHECK(loop.how() == claim_loop::by::lease);
    loop.on_maybe_more();
    claim(loop, 10);
    CHECK(loop.how() == claim_loop::by::lock);
}

TEST_CASE("claims by locks leave place for one another") {
    auto loop = loop_of({.threads = 4, .prefetch = 16, .may_lock = true}, 10us);
    CHECK(claim(loop) == 10);
    CHECK(claim(loop) == 10);
    CHECK(claim(loop) == 0);
}

TEST_CASE("what may not wait is claimed though there is no place") {
    claim_loop loop{{.threads = 4, .prefetch = 0}};
    claim(loop);
    auto const extra = loop.begin_extra();
    CHECK(extra.jobs == 4);
    loop.end(extra, {.jobs = 4});
    loop.on_left(4, 1ms);
    CHECK(claim(loop) == 0);
    loop.on_left(1, 1ms);
    CHECK(claim(loop) == 1);
}

TEST_CASE("what may not wait is claimed as far as there is place") {
    auto loop = loop_of({.threads = 4, .prefetch = 40, .may_lock = true}, 10us);
    CHECK(loop.begin_extra().jobs == 22);
}
