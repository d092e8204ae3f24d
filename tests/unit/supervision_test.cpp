#include <support/catch.hpp>

#include <worker/src/supervision.hpp>

using namespace txq;
using namespace std::chrono_literals;

namespace {

constexpr auto lease = 5s;

registration known(std::chrono::milliseconds timeout = 0ms) {
    registration result{};
    result.options.timeout = timeout;
    return result;
}

} // namespace

TEST_CASE("an attempt runs on while the lease holds") {
    auto const how = known();
    attempt one{raw_job{}, how, 1, false};
    one.on_started();
    CHECK(why_to_stop(one, one.claimed + 1h, true, lease) == stop_reason::none);
    CHECK(why_to_stop(one, one.claimed, false, lease) == stop_reason::lease_lost);
}

TEST_CASE("an attempt is stopped when its timeout has passed since it began") {
    auto const how = known(10s);
    attempt one{raw_job{}, how, 1, false};
    CHECK(why_to_stop(one, one.claimed + 1h, true, lease) == stop_reason::none);
    one.on_started();
    CHECK(why_to_stop(one, one.started() + 9s, true, lease) == stop_reason::none);
    CHECK(why_to_stop(one, one.started() + 10s, true, lease) == stop_reason::timeout);
}

TEST_CASE("an attempt under a lock for three fifths of the lease is stopped though the worker is heard") {
    auto const how = known();
    attempt one{raw_job{}, how, 1, false};
    one.held = attempt::held_by::lock;
    SECTION("it runs") { one.on_started(); }
    SECTION("it has not begun") {}
    CHECK(why_to_stop(one, one.claimed + 2999ms, true, lease) == stop_reason::none);
    CHECK(why_to_stop(one, one.claimed + 3s, true, lease) == stop_reason::lease_lost);
    one.held = attempt::held_by::lease;
    CHECK(why_to_stop(one, one.claimed + 3s, true, lease) == stop_reason::none);
}
