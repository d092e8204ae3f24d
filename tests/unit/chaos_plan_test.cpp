// What the chaos program plans.

#include <support/catch.hpp>

#include <chaos/plan.hpp>

using namespace std::chrono_literals;
using namespace txq::chaos;

namespace {

std::string planned(std::uint64_t seed, std::string const& faults) {
    std::string text;
    for (auto const& one : make_plan(seed, 60s, 2s, faults_of(faults))) text += one.describe() + '\n';
    return text;
}

} // namespace

TEST_CASE("the same seed plans the same faults and another one others") {
    CHECK(planned(7, "all") == planned(7, "all"));
    CHECK(planned(7, "all") != planned(8, "all"));
}

TEST_CASE("leaving a fault out changes nothing about the others") {
    auto const all = planned(7, "all");
    auto const kills = planned(7, "kill");
    REQUIRE_FALSE(kills.empty());
    for (std::size_t at = 0; at < kills.size();) {
        auto const end = kills.find('\n', at) + 1;
        CHECK(all.find(kills.substr(at, end - at)) != all.npos);
        at = end;
    }
}

TEST_CASE("every fault has a name and is planned within a minute or so") {
    for (auto const one : all_faults) {
        CHECK(faults_of(std::string{name(one)}) == std::set{one});
        CHECK_FALSE(make_plan(1, 10min, 2s, {one}).empty());
    }
    CHECK(faults_of("none").empty());
    CHECK_THROWS_AS(faults_of("kill,flood"), std::invalid_argument);
}
