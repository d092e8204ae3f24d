#include <support/catch.hpp>

#include <txq/detail/once_a_minute.hpp>

using namespace std::chrono_literals;
using txq::once_a_minute;

TEST_CASE("what fails all the time is said at once and then once a minute") {
    once_a_minute word;
    int said = 0;
    once_a_minute::clock::time_point const start{1h};
    REQUIRE(word.due(start));
    for (auto since = 1s; since <= 180s; ++since) said += word.due(start + since);
    CHECK(said == 3);
}

TEST_CASE("what is new is said at once and again a minute after that") {
    once_a_minute word;
    once_a_minute::clock::time_point const start{1h};
    REQUIRE(word.due(start));
    CHECK(word.due(start + 40s, true));
    CHECK_FALSE(word.due(start + 70s));
    CHECK(word.due(start + 100s));
}
