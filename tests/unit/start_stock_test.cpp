#include <support/catch.hpp>

#include <worker/src/start_stock.hpp>

using namespace std::chrono_literals;
using txq::start_stock;

namespace {

constexpr start_stock::clock::time_point start{1h};

} // namespace

TEST_CASE("beginnings that were taken are used one by one") {
    start_stock stock;
    CHECK(stock.left(start) == 0);
    stock.add(2, start);
    CHECK(stock.left(start) == 2);
    stock.take(start);
    stock.take(start);
    CHECK(stock.left(start) == 0);
}

TEST_CASE("beginnings that are not used in time are lost") {
    start_stock stock;
    stock.add(2, start);
    stock.add(3, start + 100ms);
    CHECK(stock.left(start + 499ms) == 5);
    CHECK(stock.left(start + 500ms) == 3);
    stock.take(start + 500ms);
    CHECK(stock.left(start + 500ms) == 2);
    CHECK(stock.left(start + 600ms) == 0);
}

TEST_CASE("the oldest beginnings are used first") {
    start_stock stock;
    stock.add(1, start);
    stock.add(1, start + 400ms);
    stock.take(start + 400ms);
    CHECK(stock.left(start + 600ms) == 1);
}
