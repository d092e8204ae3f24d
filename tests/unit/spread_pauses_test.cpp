#include <support/catch.hpp>

#include <set>

#include <txq/detail/spread_pauses.hpp>

using namespace std::chrono_literals;

TEST_CASE("regular pauses differ and are never longer than they should be") {
    txq::spread_pauses pauses;
    std::set<std::chrono::milliseconds> seen;
    for (int i = 0; i < 1000; ++i) seen.insert(pauses.spread(500ms));
    CHECK(seen.size() > 50);
    CHECK(*seen.begin() >= 375ms);
    CHECK(*seen.rbegin() <= 500ms);
    CHECK(pauses.spread(1ms) <= 1ms);
}
