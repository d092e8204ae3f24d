#include <support/catch.hpp>

#include <worker/src/claim_desk.hpp>

using namespace std::chrono_literals;
using txq::claim_desk;

namespace {

constexpr char queue[] = "default";

/// A claim by leases that finds nothing, and began so long ago. Whether it was a sweep.
bool claim(claim_desk& desk, claim_desk::clock::time_point at, std::chrono::milliseconds took = 0ms) {
    auto const asked = desk.begin_leasing(at);
    REQUIRE(asked.jobs > 0);
    auto const look = desk.begin(queue, at - took, true);
    desk.end(queue, look, {}, true);
    desk.end(asked, {});
    return look.sweeps;
}

} // namespace

TEST_CASE("a sweep that has to wait since the one before took long is made then though nothing is heard of") {
    claim_desk desk{{.threads = 1}, {queue}, [] {}};
    auto const now = claim_desk::clock::now();
    REQUIRE(claim(desk, now, 100ms));
    desk.look_everywhere();
    REQUIRE_FALSE(claim(desk, now));
    auto const due = desk.sweep_at();
    REQUIRE(due > now + 1s);
    REQUIRE(due < now + 1min);
    CHECK(desk.begin_leasing(now).jobs == 0);
    CHECK(claim(desk, due));
    CHECK(desk.sweep_at() == claim_desk::clock::time_point::max());
}
