#include <support/catch.hpp>

#include <worker/src/claim_floor.hpp>

using namespace std::chrono_literals;
using txq::claim_floor;

namespace {

auto const start = claim_floor::clock::time_point{} + 1h;
claim_floor::floors const bottom{};

/// A claim at one point in time.
claim_floor::floors claim(claim_floor& floor, claim_floor::clock::time_point at, std::int64_t seq, bool all = true) {
    auto const from = floor.next(at);
    floor.on_claimed(2, seq);
    floor.on_end(at, all);
    return from;
}

} // namespace

TEST_CASE("the first claim looks everywhere") { CHECK(claim_floor{}.next(start) == bottom); }

TEST_CASE("a claim begins where those have ended that are a while ago") {
    claim_floor floor;
    claim(floor, start, 10);
    CHECK(claim(floor, start + 50ms, 20) == bottom);
    CHECK(claim(floor, start + 100ms, 30) == bottom);
    CHECK(claim(floor, start + 200ms, 40) == claim_floor::floors{0, 0, 20, 0});
    CHECK(claim(floor, start + 250ms, 50) == claim_floor::floors{0, 0, 20, 0});
    CHECK(claim(floor, start + 300ms, 60) == claim_floor::floors{0, 0, 30, 0});
}

TEST_CASE("a floor never falls though an older job is claimed") {
    claim_floor floor;
    claim(floor, start, 50);
    claim(floor, start + 100ms, 3);
    claim(floor, start + 200ms, 4);
    CHECK(claim(floor, start + 300ms, 60) == claim_floor::floors{0, 0, 50, 0});
}

TEST_CASE("a sweep is repeated until it has found all there is") {
    claim_floor floor;
    claim(floor, start, 50, false);
    claim(floor, start + 100ms, 60, false);
    CHECK(claim(floor, start + 300ms, 70, true) == bottom);
    CHECK(claim(floor, start + 400ms, 80, true) != bottom);
    floor.want_sweep();
    CHECK(claim(floor, start + 401ms, 90, true) == bottom);
    CHECK(claim(floor, start + 402ms, 99, true) != bottom);
}

TEST_CASE("the longer a sweep takes the later is the next one") {
    claim_floor floor;
    claim(floor, start, 50);
    claim(floor, start + 100ms, 60);
    claim(floor, start + 200ms, 70);
    floor.want_sweep();
    CHECK(floor.next(start + 300ms) == bottom);
    floor.on_end(start + 310ms, true);
    floor.want_sweep();
    CHECK(floor.next(start + 509ms) != bottom);
    CHECK(floor.next(start + 510ms) == bottom);
}
