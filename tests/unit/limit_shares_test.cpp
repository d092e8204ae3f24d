#include <support/catch.hpp>

#include <numeric>
#include <string>

#include <worker/src/limit_shares.hpp>

using namespace std::chrono_literals;
using namespace txq;

namespace {

using holders = std::vector<slot_holder>;

/// Workers that want so many and have none.
holders wanting(std::vector<int> const& wanted) {
    holders all;
    for (auto const one : wanted) all.push_back({static_cast<std::int64_t>(all.size()) + 1, one, 0});
    return all;
}

std::string shares(int all, std::vector<int> const& wanted, std::int64_t turn = 0) {
    std::string text;
    for (auto const one : fair_shares(all, wanting(wanted), turn))
        text += (text.empty() ? "" : " ") + std::to_string(one);
    return text;
}

/// Each looks, one after the other, and does what it should, until nobody changes anything.
holders settled(int all, holders those, std::int64_t turn = 0) {
    for (auto changed = true; changed;) {
        changed = false;
        for (std::size_t i = 0; i < those.size(); ++i) {
            auto const slots = slots_to_hold(all, those, i, turn);
            changed = changed || slots != those[i].slots;
            those[i].slots = slots;
        }
    }
    return those;
}

std::string slots(holders const& those) {
    std::string text;
    for (auto const& one : those) text += (text.empty() ? "" : " ") + std::to_string(one.slots);
    return text;
}

} // namespace

TEST_CASE("slots are shared evenly among those that could use them") {
    CHECK(shares(6, {10, 10, 10}) == "2 2 2");
    CHECK(shares(10, {10, 1, 10}) == "5 1 4");
    CHECK(shares(10, {0, 3, 0}) == "0 3 0");
    CHECK(shares(7, {10, 10}) == "4 3");
    CHECK(shares(0, {3, 3}) == "0 0");
    CHECK(shares(5, {}) == "");
}

TEST_CASE("workers take turns at slots that are fewer than they") {
    CHECK(shares(1, {4, 0, 4, 4}, 0) == "1 0 0 0");
    CHECK(shares(1, {4, 0, 4, 4}, 1) == "0 0 1 0");
    CHECK(shares(1, {4, 0, 4, 4}, 2) == "0 0 0 1");
    CHECK(shares(2, {1, 1, 1}, 1) == "1 0 1");
}

TEST_CASE("a worker takes what is free and no more than its share") {
    CHECK(slots(settled(10, wanting({8, 8}))) == "5 5");
    CHECK(slots(settled(10, wanting({8, 0}))) == "8 0");
}

TEST_CASE("an idle worker keeps its slots until another one is short of them") {
    CHECK(slots(settled(10, {{1, 0, 5}, {2, 5, 5}})) == "5 5");
    CHECK(slots(settled(10, {{1, 0, 5}, {2, 8, 5}})) == "2 8");
}

TEST_CASE("slots are given back when there are fewer of them") {
    CHECK(slots(settled(3, {{1, 8, 4}, {2, 8, 4}})) == "2 1");
    CHECK(slots(settled(0, {{1, 8, 4}, {2, 0, 4}})) == "0 0");
}

TEST_CASE("no slot is given out twice whatever workers want and have") {
    for (int all = 0; all < 8; ++all)
        for (int a = 0; a < 5; ++a)
            for (int b = 0; b < 5; ++b)
                for (int c = 0; c < 5; ++c) {
                    auto const those = settled(all, wanting({a, b, c}), all + a);
                    auto const sum = std::accumulate(those.begin(), those.end(), 0,
                                                     [](int n, slot_holder const& one) { return n + one.slots; });
                    CHECK(sum == std::min(all, a + b + c));
                }
}

TEST_CASE("a worker says at once that it could use more slots and after a while that it could not") {
    slot_demand demand;
    slot_demand::clock::time_point const start{1h};
    CHECK(demand.update(start, 0, false, 8) == 0);
    CHECK(demand.update(start + 100ms, 3, false, 8) == 4);
    CHECK(demand.update(start + 200ms, 1, true, 8) == 8);
    CHECK(demand.update(start + 300ms, 1, false, 8) == 8);
    CHECK(demand.update(start + 699ms, 1, false, 8) == 8);
    CHECK(demand.update(start + 701ms, 1, false, 8) == 8); // it was for a part of that while
    CHECK(demand.update(start + 800ms, 2, false, 8) == 8);
    CHECK(demand.update(start + 1202ms, 0, false, 8) == 2);
    CHECK(demand.update(start + 1703ms, 0, false, 8) == 0);
}

TEST_CASE("a worker never says that it could use more slots than it has threads") {
    slot_demand demand;
    CHECK(demand.update(slot_demand::clock::time_point{1h}, 5, false, 6) == 6);
}
