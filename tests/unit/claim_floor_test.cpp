#include <support/catch.hpp>

#include <worker/src/claim_floor.hpp>

using namespace std::chrono_literals;
using txq::claim_floor;

namespace {

auto const start = claim_floor::clock::time_point{} + 1h;
claim_floor::floors const bottom{};

/// A claim at one point in time. Returns from where on it looked.
claim_floor::floors claim(claim_floor& floor, claim_floor::clock::time_point at, std::int64_t seq, bool all = true,
                          bool may_sweep = true) {
    auto look = floor.begin(at, may_sweep);
    floor.on_claimed(look, 2, seq);
    floor.end(look, at, all);
    return look.from;
}

} // namespace

TEST_CASE("the first claim looks everywhere") { CHECK(claim_floor{}.begin(start).from == bottom); }

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

TEST_CASE("a sweep that found old jobs is repeated until it has found all there is") {
    claim_floor floor;
    claim(floor, start, 50);
    claim(floor, start + 100ms, 60);
    claim(floor, start + 200ms, 70);
    floor.want_sweep();
    CHECK(claim(floor, start + 300ms, 7, false) == bottom);
    CHECK(claim(floor, start + 400ms, 8, true) == bottom);
    CHECK(claim(floor, start + 500ms, 80, true) != bottom);
    floor.want_sweep();
    CHECK(claim(floor, start + 501ms, 90, true) == bottom);
    CHECK(claim(floor, start + 502ms, 99, true) != bottom);
}

TEST_CASE("a sweep that found no old job is not repeated however many jobs there are") {
    claim_floor floor;
    claim(floor, start, 50);
    claim(floor, start + 100ms, 60);
    claim(floor, start + 200ms, 70);
    floor.want_sweep();
    CHECK(claim(floor, start + 300ms, 80, false) == bottom);
    CHECK(claim(floor, start + 400ms, 90, false) != bottom);
}

TEST_CASE("a sweep is repeated when those who may not sweep find no more beyond the one that was cut short") {
    claim_floor floor;
    claim(floor, start, 50, false);
    CHECK(floor.sweep_at() == claim_floor::clock::time_point::max());
    claim(floor, start + 1ms, 60, true, false);
    CHECK(floor.sweep_at() <= start + 1ms);
}

TEST_CASE("a claim that may not sweep begins at the floor") {
    claim_floor floor;
    claim(floor, start, 50);
    claim(floor, start + 100ms, 60);
    claim(floor, start + 200ms, 70);
    floor.want_sweep();
    CHECK(floor.begin(start + 300ms, false).from != bottom);
    CHECK(floor.begin(start + 300ms, true).from == bottom);
}

TEST_CASE("the longer a sweep takes the later is the next one") {
    claim_floor floor;
    claim(floor, start, 50);
    claim(floor, start + 100ms, 60);
    claim(floor, start + 200ms, 70);
    floor.want_sweep();
    auto const sweep = floor.begin(start + 300ms);
    CHECK(sweep.from == bottom);
    floor.end(sweep, start + 310ms, true);
    floor.want_sweep();
    CHECK(floor.begin(start + 509ms).from != bottom);
    CHECK(floor.begin(start + 510ms).from == bottom);
}
