#include <support/catch.hpp>

#include <worker/src/lookout.hpp>

using namespace std::chrono_literals;
using txq::lookout;
using txq::priority_turns;

namespace {

auto const start = priority_turns::clock::time_point{} + 1h;

/// A claim of so many jobs in the usual order, which are as many as it wants.
void claim(priority_turns& turns, int jobs = 100) { turns.on_claimed(jobs, false); }

int taken(priority_turns& turns, priority_turns::clock::time_point at, int wanted = 100) {
    return turns.take(at, wanted).value_or(-1);
}

} // namespace

TEST_CASE("no priority has a turn as long as everything is claimed") {
    priority_turns turns;
    CHECK(taken(turns, start) == -1);
    turns.on_claimed(99, true);
    CHECK(taken(turns, start + 1h) == -1);
}

TEST_CASE("each priority but the most urgent has a turn once a second") {
    priority_turns turns;
    std::string order;
    for (auto at = start; at < start + 2s; at += 1ms) {
        claim(turns);
        if (auto const level = turns.take(at, 100)) order += std::to_string(*level);
    }
    CHECK(order == "3213213"); // the first at once
}

TEST_CASE("a quarter of a claim is for the priority that has its turn and a job at least") {
    CHECK(priority_turns::jobs_of(400) == 100);
    CHECK(priority_turns::jobs_of(3) == 1);
    CHECK(priority_turns::jobs_of(1) == 1);
}

TEST_CASE("where claims are rare three jobs in four are claimed in the usual order") {
    priority_turns turns;
    std::string order;
    for (auto at = start; at < start + 16s; at += 1s) {
        if (auto const level = turns.take(at, 1)) {
            order += std::to_string(*level);
        } else {
            claim(turns, 1);
            order += '-';
        }
    }
    CHECK(order == "---3---2---1---3");
}

TEST_CASE("a look at its turn is at one priority and leaves the floors of the others alone") {
    lookout out;
    auto usual = out.begin(start, true);
    for (int i = 1; i <= 100; ++i) out.on_claimed(usual, 0, i);
    out.end(usual, start, false);
    auto turn = out.begin_turn(start, 100, true);
    REQUIRE(turn);
    auto const nothing = std::numeric_limits<std::int64_t>::max();
    CHECK(turn->from == txq::claim_floor::floors{nothing, nothing, nothing, 0});
    out.on_claimed(*turn, 3, 1'000);
    out.end(*turn, start, true);
    CHECK(!out.begin_turn(start, 100, true));
    CHECK(out.begin(start + 10ms, false).from == txq::claim_floor::floors{});
    out.begin(start + 150ms, false);
    CHECK(out.begin(start + 300ms, false).from == txq::claim_floor::floors{100, 0, 0, 1'000});
}

TEST_CASE("a job that was given back is found at a turn of its priority") {
    lookout out;
    for (auto at = start; at < start + 2s; at += 50ms) {
        auto usual = out.begin(at, true);
        for (int i = 1; i <= 4; ++i) out.on_claimed(usual, 3, 100);
        out.end(usual, at, false);
    }
    out.want_sweep();
    std::optional<lookout::look> turn;
    for (auto at = start + 2s; !turn || turn->only != 3; at += 10ms) turn = out.begin_turn(at, 4, true);
    CHECK(turn->sweeps);
    CHECK(turn->from[3] == 0);
}
