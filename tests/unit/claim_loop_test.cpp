#include <support/catch.hpp>

#include <worker/src/claim_loop.hpp>

using namespace std::chrono_literals;
using txq::claim_loop;

TEST_CASE("a group without prefetch claims one job per thread and then one for each that left") {
    claim_loop loop{2, 0};
    CHECK(loop.next_claim() == 2);
    loop.on_claimed(2, 2);
    CHECK(loop.next_claim() == 0);
    loop.on_left(1, 1s);
    CHECK(loop.next_claim() == 1);
}

TEST_CASE("a claim that was not filled is not repeated before there may be more") {
    claim_loop loop{4, 0};
    loop.on_claimed(4, 1);
    CHECK(loop.next_claim() == 0);
    loop.on_maybe_more();
    CHECK(loop.next_claim() == 3);
}

TEST_CASE("prefetched jobs are claimed a good part at a time and not one by one") {
    claim_loop loop{2, 14};
    loop.on_claimed(16, 16);
    loop.on_left(3, 1ms);
    CHECK(loop.next_claim() == 0);
    loop.on_left(1, 1ms);
    CHECK(loop.next_claim() == 4);
}

TEST_CASE("a thread without work is reason enough to claim") {
    claim_loop loop{4, 12};
    loop.on_claimed(3, 3);
    CHECK(loop.next_claim() == 13);
}

TEST_CASE("quick handlers get more work ahead than slow ones") {
    claim_loop quick{4, -1};
    claim_loop slow{4, -1};
    for (int i = 0; i < 50; ++i) {
        quick.on_claimed(16, 16);
        quick.on_left(16, 10us);
        slow.on_claimed(16, 16);
        slow.on_left(16, 2s);
    }
    CHECK(quick.capacity() > 500);
    CHECK(quick.capacity() <= 4 + claim_loop::largest_claim);
    CHECK(slow.capacity() == 4);
}

TEST_CASE("after a job has waited too long for a thread none is claimed ahead") {
    claim_loop loop{4, -1};
    REQUIRE(loop.capacity() > 4);
    loop.on_waited_too_long();
    CHECK(loop.capacity() == 4);
}

TEST_CASE("no claim is larger than the largest") {
    claim_loop const loop{4, 5000};
    CHECK(loop.next_claim() == claim_loop::largest_claim);
}

TEST_CASE("less is claimed ahead of jobs with large payloads") {
    claim_loop loop{4, 900};
    CHECK(loop.capacity() == 904);
    for (int i = 0; i < 20; ++i) {
        loop.on_claimed(10, 10, 10 * (1 << 20));
        loop.on_left(10, 1ms);
    }
    CHECK(loop.capacity() < 100);
    CHECK(loop.capacity() > 4);
}
