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
