#include <support/catch.hpp>

#include <limits>

#include <txq/error.hpp>
#include <txq/retry.hpp>

using namespace std::chrono_literals;
using namespace txq;

namespace {
constexpr double middle = 0.5; // the random number that adds and takes away nothing
}

TEST_CASE("exponential delays double until the limit") {
    retry_policy const policy = exponential_backoff{.first = 1s, .factor = 2, .limit = 10s};
    CHECK(delay_after(policy, 1, middle) == 1s);
    CHECK(delay_after(policy, 2, middle) == 2s);
    CHECK(delay_after(policy, 4, middle) == 8s);
    CHECK(delay_after(policy, 5, middle) == 10s);
}

TEST_CASE("polynomial delays grow with a power of the attempt") {
    retry_policy const policy = polynomial_backoff{.first = 1s, .power = 2};
    CHECK(delay_after(policy, 1, middle) == 1s);
    CHECK(delay_after(policy, 3, middle) == 9s);
}

TEST_CASE("explicit delays are taken one after the other and the last one stays") {
    retry_policy const policy = explicit_backoff{.delays = {1min, 5min, 1h}};
    CHECK(delay_after(policy, 1, middle) == 1min);
    CHECK(delay_after(policy, 2, middle) == 5min);
    CHECK(delay_after(policy, 3, middle) == 1h);
    CHECK(delay_after(policy, 9, middle) == 1h);
}

TEST_CASE("jitter spreads a delay to both sides and never beyond the limit") {
    retry_policy const policy = exponential_backoff{.first = 10s, .limit = 10s, .jitter = 0.2};
    CHECK(delay_after(policy, 1, 0.0) == 8s);
    CHECK(delay_after(policy, 1, 0.999) <= 10s);
    retry_policy const fixed = fixed_backoff{.delay = 10s, .jitter = 0.2};
    CHECK(delay_after(fixed, 1, 0.75) == 11s);
}

TEST_CASE("no attempt number overflows a delay") {
    auto const attempt = GENERATE(-1, 0, 31, 310, 100'000, std::numeric_limits<int>::max());
    retry_policy const endless =
        exponential_backoff{.first = 1s, .factor = 10, .limit = std::chrono::milliseconds::max()};
    retry_policy const steep = polynomial_backoff{.power = 70, .limit = std::chrono::milliseconds::max()};
    for (auto const& policy : {endless, steep}) {
        auto const delay = delay_after(policy, attempt, 0.9);
        CHECK(delay >= 0s);
        CHECK(delay <= std::chrono::hours{24 * 365});
    }
}

TEST_CASE("a retry policy that cannot be meant is refused") {
    CHECK_THROWS_AS(validate(exponential_backoff{.first = -1s}), error);
    CHECK_THROWS_AS(validate(exponential_backoff{.first = 2h, .limit = 1h}), error);
    CHECK_THROWS_AS(validate(exponential_backoff{.factor = 0.5}), error);
    CHECK_THROWS_AS(validate(exponential_backoff{.jitter = 1.5}), error);
    CHECK_THROWS_AS(validate(fixed_backoff{.delay = -1ms}), error);
    CHECK_THROWS_AS(validate(explicit_backoff{}), error);
    CHECK_NOTHROW(validate(exponential_backoff{}));
    CHECK_NOTHROW(validate(polynomial_backoff{}));
}
