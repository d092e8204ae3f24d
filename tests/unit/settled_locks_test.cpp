#include <support/catch.hpp>

#include <worker/src/settled_locks.hpp>

using namespace std::chrono_literals;
using txq::settled_locks;

namespace {

auto const start = settled_locks::clock::time_point{} + 1h;

} // namespace

TEST_CASE("no lock is settled as long as nothing is known that is as old as the longest lease") {
    settled_locks locks;
    CHECK(locks.before(start, 4s) == std::nullopt);
    locks.on_next(start, "100");
    CHECK(locks.before(start + 3999ms, 4s) == std::nullopt);
    CHECK(locks.before(start + 4s, 4s) == "100");
}

TEST_CASE("locks are settled up to the last transaction that is old enough") {
    settled_locks locks;
    locks.on_next(start, "100");
    locks.on_next(start + 1s, "200");
    locks.on_next(start + 2s, "300");
    CHECK(locks.before(start + 5s, 4s) == "200");
    CHECK(locks.before(start + 60s, 4s) == "300");
}

TEST_CASE("after a connection was lost nothing is settled any more") {
    settled_locks locks;
    locks.on_next(start, "100");
    locks.forget();
    CHECK(locks.before(start + 10s, 4s) == std::nullopt);
}
