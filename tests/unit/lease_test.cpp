#include <support/catch.hpp>

#include <worker/src/lease_guard.hpp>
#include <worker/src/liveness_watch.hpp>

using namespace std::chrono_literals;
using txq::lease_guard;
using txq::liveness_watch;

namespace {

constexpr auto start = lease_guard::clock::time_point{} + 1h;

liveness_watch::sight worker(std::int64_t id, std::int64_t beat) {
    return {id, "host:" + std::to_string(id), 4s, beat};
}

} // namespace

TEST_CASE("a lease does not hold before the first beat") { CHECK_FALSE(lease_guard{4s}.holds(start)); }

TEST_CASE("a lease holds for three fifths of its time after the last beat was sent") {
    lease_guard lease{5s};
    lease.on_beat(start);
    CHECK(lease.holds(start + 2999ms));
    CHECK_FALSE(lease.holds(start + 3s));
    lease.on_beat(start + 2s);
    CHECK(lease.holds(start + 4s));
}

TEST_CASE("a lease that was lost does not hold until the next beat") {
    lease_guard lease{5s};
    lease.on_beat(start);
    lease.on_lost();
    CHECK_FALSE(lease.holds(start + 1ms));
    lease.on_beat(start + 1s);
    CHECK(lease.holds(start + 1s));
}

TEST_CASE("a worker is dead when its beat has stood still for the whole lease") {
    liveness_watch watch;
    for (auto at = 0ms; at < 4s; at += 500ms) CHECK(watch.look({worker(1, 7)}, start + at).empty());
    auto const dead = watch.look({worker(1, 7)}, start + 4s);
    REQUIRE(dead.size() == 1);
    CHECK(dead[0].worker == 1);
    CHECK(dead[0].beat == 7);
}

TEST_CASE("a worker that beats is alive however long one watches") {
    liveness_watch watch;
    for (int i = 0; i < 100; ++i) CHECK(watch.look({worker(1, i)}, start + i * 1500ms).empty());
}

TEST_CASE("silence counts anew after the observer could not look for a while") {
    liveness_watch watch;
    watch.look({worker(1, 7)}, start);
    watch.look({worker(1, 7)}, start + 2s);
    CHECK(watch.look({worker(1, 7)}, start + 30s).empty());
    CHECK(watch.look({worker(1, 7)}, start + 32s).empty());
    CHECK(watch.look({worker(1, 7)}, start + 34s).size() == 1);
}

TEST_CASE("how often to look depends on the shortest lease") {
    liveness_watch watch;
    CHECK(watch.interval(10s) == 10s);
    watch.look({worker(1, 7), {2, "host:2", 60s, 1}}, start);
    CHECK(watch.interval(10s) == 500ms);
    CHECK(watch.interval(100ms) == 100ms);
    watch.look({{2, "host:2", 60s, 1}}, start + 1s);
    CHECK(watch.interval(10s) == 7500ms);
}

TEST_CASE("only the silent one of several workers is dead") {
    liveness_watch watch;
    for (int i = 0; i < 4; ++i) watch.look({worker(1, 7), worker(2, i)}, start + i * 1s);
    auto const dead = watch.look({worker(1, 7), worker(2, 4)}, start + 4s);
    REQUIRE(dead.size() == 1);
    CHECK(dead[0].worker == 1);
}

TEST_CASE("a worker that never gave a sign of life is given its lease to do so") {
    liveness_watch watch;
    liveness_watch::sight const mute{1, "host:1", 4s, std::nullopt};
    CHECK(watch.look({mute}, start).empty());
    CHECK(watch.look({mute}, start + 2s).empty());
    CHECK(watch.look({mute}, start + 4s).size() == 1);
}
