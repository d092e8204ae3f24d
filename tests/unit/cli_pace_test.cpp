#include <support/catch.hpp>

#include <txq/cli/pace.hpp>
#include <txq/error.hpp>

using namespace std::chrono_literals;
using namespace txq::cli;

TEST_CASE("a rate is a number of jobs in a second or a minute or an hour") {
    CHECK(parse_rate("100/s") == 100);
    CHECK(parse_rate("30/min") == 0.5);
    CHECK(parse_rate("36/h") == 0.01);
    for (auto const* wrong : {"", "100", "/s", "0/s", "-1/s", "1.5/s", "1/ms", "1/s/s", "99999999999/s", "1 /s"})
        CHECK_THROWS_AS(parse_rate(wrong), txq::error);
}

TEST_CASE("without a rate nothing waits") {
    CHECK(pace{}.batch(500) == 500);
    CHECK(pace{}.wait(1'000'000, pace::clock::now()) == 0ms);
}

TEST_CASE("at a rate jobs come evenly and never faster") {
    auto const start = pace::clock::now();
    pace const hundred{100, start};
    CHECK(hundred.batch(500) == 10);
    CHECK(hundred.wait(10, start) == 100ms);
    CHECK(hundred.wait(10, start + 70ms) == 30ms);
    CHECK(hundred.wait(10, start + 5s) == 0ms);
    CHECK(pace(1'000'000, start).batch(500) == 500);
    CHECK(pace(0.01, start).batch(500) == 1);
    CHECK(pace(0.01, start).wait(1, start) == 100s);
}
