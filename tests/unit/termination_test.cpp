#include <support/catch.hpp>

#include <program/termination.hpp>

using namespace std::chrono_literals;
using txq::program::termination;
using action = termination::action;

namespace {

auto const start = termination::clock::time_point{} + 1h;

} // namespace

TEST_CASE("a child that is not to stop is left alone") {
    termination stopping;
    CHECK(stopping.next(false, 4s, start) == action::nothing);
    CHECK(stopping.wait(4s, start) == std::nullopt);
    CHECK_FALSE(stopping.has_asked());
}

TEST_CASE("a child that is to stop is asked once and killed once when its grace is over") {
    termination stopping;
    CHECK(stopping.next(true, 4s, start) == action::ask);
    CHECK(stopping.has_asked());
    CHECK(stopping.next(true, 4s, start) == action::nothing);
    CHECK(stopping.next(true, 4s, start + 3999ms) == action::nothing);
    CHECK(stopping.next(true, 4s, start + 4s) == action::kill);
    CHECK(stopping.next(true, 4s, start + 5s) == action::nothing);
    CHECK(stopping.wait(4s, start + 5s) == std::nullopt);
}

TEST_CASE("a grace that becomes shorter kills earlier") {
    termination stopping;
    stopping.next(true, 4s, start);
    CHECK(stopping.next(true, 4s, start + 600ms) == action::nothing);
    CHECK(stopping.next(true, 500ms, start + 600ms) == action::kill);
}

TEST_CASE("the wait for the end of the grace is short enough to notice that it has become shorter") {
    termination stopping;
    stopping.next(true, 4s, start);
    CHECK(stopping.wait(4s, start) == 100ms);
    CHECK(stopping.wait(4s, start + 3950ms) == 50ms);
    CHECK(stopping.wait(4s, start + 5s) == 0ms);
}
