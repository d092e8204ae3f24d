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

auto const never = claim_floor::clock::time_point::max();

/// From 300 ms on it is there.
claim_floor with_floor_at(std::int64_t seq) {
    claim_floor floor;
    claim(floor, start, seq - 10);
    claim(floor, start + 100ms, seq);
    claim(floor, start + 200ms, seq + 10);
    return floor;
}

/// Of a sweep whose first part took from 300 to 310 ms, and whose second one is the last.
void check_that_it_goes_on_behind(std::int64_t seq, claim_floor& floor) {
    CHECK(floor.sweep_at() == start + 320ms);
    auto const rest = floor.begin(start + 320ms);
    CHECK(rest.from == claim_floor::floors{0, 0, seq, 0});
    floor.end(rest, start + 320ms, true);
    floor.want_sweep();
    CHECK(floor.sweep_at() == start + 320ms + 10ms * claim_floor::share);
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

TEST_CASE("a sweep that found old jobs goes on behind them until it has found all there is") {
    auto floor = with_floor_at(60);
    floor.want_sweep();
    CHECK(claim(floor, start + 300ms, 7, false) == bottom);
    CHECK(floor.sweep_at() == start + 300ms);
    CHECK(claim(floor, start + 300ms, 8, false) == claim_floor::floors{0, 0, 7, 0});
    CHECK(claim(floor, start + 300ms, 9, true) == claim_floor::floors{0, 0, 8, 0});
    CHECK(floor.sweep_at() == never);
    CHECK(claim(floor, start + 500ms, 80, true) != bottom);
    floor.want_sweep();
    CHECK(claim(floor, start + 501ms, 90, true) == bottom);
    CHECK(claim(floor, start + 502ms, 99, true) != bottom);
}

TEST_CASE("a sweep that goes on does not look again where more urgent jobs were") {
    auto floor = with_floor_at(60);
    floor.want_sweep();
    auto look = floor.begin(start + 300ms);
    floor.on_claimed(look, 3, 5);
    floor.on_claimed(look, 2, 58);
    floor.end(look, start + 300ms, false);
    CHECK(floor.begin(start + 300ms).from == claim_floor::floors{0, 0, 60, 5});
}

TEST_CASE("a sweep goes on in half of the time and the next one waits for as long as after its longest part") {
    auto floor = with_floor_at(60);
    floor.want_sweep();
    auto look = floor.begin(start + 300ms);
    floor.on_claimed(look, 2, 7);
    floor.end(look, start + 310ms, false);
    check_that_it_goes_on_behind(7, floor);
}

TEST_CASE("the more old jobs a sweep has found the sooner is the next one but half of the time is the others'") {
    auto const rest_after = [](int jobs) {
        auto floor = with_floor_at(60);
        floor.want_sweep();
        auto look = floor.begin(start + 300ms);
        for (int i = 0; i < jobs; ++i) floor.on_claimed(look, 2, 7 + i);
        floor.end(look, start + 310ms, true);
        floor.want_sweep();
        return floor.sweep_at() - (start + 310ms);
    };
    CHECK(rest_after(0) == 200ms);
    CHECK(rest_after(1) == 200ms);
    CHECK(rest_after(8) == 25ms);
    CHECK(rest_after(50) == 10ms);
}

TEST_CASE("old jobs that were parked bring the next sweep no nearer but the sweep goes on behind them") {
    auto floor = with_floor_at(60);
    floor.want_sweep();
    auto look = floor.begin(start + 300ms);
    for (int seq = 1; seq <= 8; ++seq) floor.on_claimed(look, 2, seq);
    look.parked = 8;
    floor.end(look, start + 310ms, false);
    check_that_it_goes_on_behind(8, floor);
}

TEST_CASE("a sweep that is wanted while one is under way comes after it") {
    auto floor = with_floor_at(60);
    floor.want_sweep();
    claim(floor, start + 300ms, 7, false);
    CHECK(floor.sweep_at() != never);
    floor.want_sweep();
    CHECK(claim(floor, start + 301ms, 8, true) == claim_floor::floors{0, 0, 7, 0});
    CHECK(claim(floor, start + 302ms, 9, true) == bottom);
    CHECK(floor.sweep_at() == never);
}

TEST_CASE("a sweep that found no old job is not repeated however many jobs there are") {
    auto floor = with_floor_at(60);
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
    auto floor = with_floor_at(60);
    floor.want_sweep();
    CHECK(floor.begin(start + 300ms, false).from != bottom);
    CHECK(floor.begin(start + 300ms, true).from == bottom);
}

TEST_CASE("the longer a sweep takes the later is the next one") {
    auto floor = with_floor_at(60);
    floor.want_sweep();
    auto const sweep = floor.begin(start + 300ms);
    CHECK(sweep.from == bottom);
    floor.end(sweep, start + 310ms, true);
    floor.want_sweep();
    CHECK(floor.begin(start + 509ms).from != bottom);
    CHECK(floor.begin(start + 510ms).from == bottom);
}

TEST_CASE("a sweep that is due twice and not made is put off so that nobody claims in vain all the time") {
    auto floor = with_floor_at(60);
    floor.want_sweep();
    floor.on_due(start + 300ms);
    CHECK(floor.sweep_at() <= start + 300ms);
    CHECK(claim(floor, start + 300ms, 7, false) == bottom);
    floor.on_due(start + 301ms);
    floor.on_due(start + 302ms);
    CHECK(floor.sweep_at() == start + 302ms + claim_floor::put_off);
    floor.on_due(start + 1s);
    floor.on_due(start + 1s);
    CHECK(floor.sweep_at() == start + 1s + 2 * claim_floor::put_off);
    CHECK(floor.begin(start + 1s).sweeps); // who claims there anyway need not wait
}
