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

TEST_CASE("turns go on with claims of all kinds and not with those that leave some out") {
    static txq::registration const known{};
    claim_desk desk{{.threads = 1}, {queue}, [] {}};
    auto const claim_in = [&](std::string const& lane) {
        auto const now = claim_desk::clock::now();
        txq::raw_job job;
        job.id = txq::uuid::v7();
        auto const one = std::make_shared<txq::attempt>(job, known, 1, false, std::int64_t{1} << 41);
        desk.end(lane, desk.begin(lane, now, true), {one}, true, 0);
    };
    claim_in(std::string{queue} + "\nslow");
    CHECK(desk.take_progress().empty());
    claim_in(queue);
    auto const progress = desk.take_progress();
    REQUIRE(progress.size() == 1);
    CHECK(progress[0].queue == queue);
}
