// Which orders of steps txq-interleavings goes through.

#include <support/catch.hpp>

#include <interleavings/orders.hpp>

using namespace txq::interleavings;

namespace {

std::vector<std::string> orders_of(std::vector<int> const& steps, bool kills, unsigned long long most = 0) {
    std::vector<std::string> all;
    for_each_order(steps, kills, most, [&](order const& one) { all.push_back(one.text()); });
    return all;
}

} // namespace

TEST_CASE("every order of the steps of two sessions is gone through once") {
    CHECK(orders_of({2, 1}, false) == std::vector<std::string>{"0 0 1", "0 1 0", "1 0 0"});
    CHECK(count_orders({2, 1}, false) == 3);
    CHECK(count_orders({3, 3, 2}, false) == 560);
    CHECK(orders_of({3, 3, 2}, false).size() == 560);
}

TEST_CASE("a session that is killed takes no more turns and no order comes twice") {
    CHECK(orders_of({2, 1}, true) == std::vector<std::string>{"0 0 1", "0! 1", "0 0! 1", "0 0 1!", "0 1 0", "0 1! 0",
                                                             "0 1 0!", "1 0 0", "1! 0 0", "1 0!", "1 0 0!"});
}

TEST_CASE("a part of the orders is spread over all of them") {
    auto const some = orders_of({4, 4}, false, 7);
    CHECK(some.size() == 7);
    CHECK(some.front() == "0 0 0 0 1 1 1 1");
}
