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
    backoff_policy const policy = exponential_backoff{.first = 1s, .factor = 2, .limit = 10s};
    CHECK(delay_after(policy, 1, middle) == 1s);
    CHECK(delay_after(policy, 2, middle) == 2s);
    CHECK(delay_after(policy, 4, middle) == 8s);
    CHECK(delay_after(policy, 5, middle) == 10s);
}

TEST_CASE("polynomial delays grow with a power of the attempt") {
    backoff_policy const policy = polynomial_backoff{.first = 1s, .power = 2};
    CHECK(delay_after(policy, 1, middle) == 1s);
    CHECK(delay_after(policy, 3, middle) == 9s);
}

TEST_CASE("explicit delays are taken one after the other and the last one stays") {
    backoff_policy const policy = explicit_backoff{.delays = {1min, 5min, 1h}};
    CHECK(delay_after(policy, 1, middle) == 1min);
    CHECK(delay_after(policy, 2, middle) == 5min);
    CHECK(delay_after(policy, 3, middle) == 1h);
    CHECK(delay_after(policy, 9, middle) == 1h);
}

TEST_CASE("jitter spreads a delay to both sides and never beyond the limit") {
    backoff_policy const policy = exponential_backoff{.first = 10s, .limit = 10s, .jitter = 0.2};
    CHECK(delay_after(policy, 1, 0.0) == 8s);
    CHECK(delay_after(policy, 1, 0.999) <= 10s);
    backoff_policy const fixed = fixed_backoff{.delay = 10s, .jitter = 0.2};
    CHECK(delay_after(fixed, 1, 0.75) == 11s);
}

TEST_CASE("no attempt number overflows a delay") {
    auto const attempt = GENERATE(-1, 0, 31, 310, 100'000, std::numeric_limits<int>::max());
    backoff_policy const endless =
        exponential_backoff{.first = 1s, .factor = 10, .limit = std::chrono::milliseconds::max()};
    backoff_policy const steep = polynomial_backoff{.power = 70, .limit = std::chrono::milliseconds::max()};
    backoff_policy const none = exponential_backoff{.first = 0s, .factor = 10};
    backoff_policy const always = fixed_backoff{.delay = std::chrono::milliseconds::max(), .jitter = 1};
    backoff_policy const listed = explicit_backoff{.delays = {std::chrono::milliseconds::max()}, .jitter = 1};
    backoff_policy const function =
        function_backoff{.delay = [](int) { return std::chrono::milliseconds::max(); }, .jitter = 1};
    for (auto const& policy : {endless, steep, none, always, listed, function}) {
        auto const delay = delay_after(policy, attempt, 0.9);
        CHECK(delay >= 0s);
        CHECK(delay <= std::chrono::hours{24 * 365});
    }
    CHECK(delay_after(none, attempt, 0.9) == 0s);
}

TEST_CASE("whatever the random number a delay stays within its jitter and its limit") {
    auto const jitter = GENERATE(0.0, 0.1, 0.5, 1.0);
    auto const attempt = GENERATE(1, 2, 5, 12, 40);
    auto const limit = std::chrono::milliseconds{600'000};
    backoff_policy const policy = exponential_backoff{.first = 250ms, .limit = limit, .jitter = jitter};
    auto const plain = static_cast<double>(delay_after(policy, attempt, middle).count());
    for (auto const random : {0.0, 0.001, 0.25, 0.75, 0.999999}) {
        auto const delay = delay_after(policy, attempt, random);
        CHECK(static_cast<double>(delay.count()) >= plain * (1 - jitter) - 1);
        CHECK(static_cast<double>(delay.count()) <= plain * (1 + jitter) + 1);
        CHECK(delay <= limit);
        CHECK(delay >= 0ms);
    }
}

TEST_CASE("a function may say how long to wait") {
    backoff_policy const policy = function_backoff{.delay = [](int attempt) { return attempt * 7s; }};
    CHECK(delay_after(policy, 3, middle) == 21s);
    backoff_policy const negative = function_backoff{.delay = [](int) { return -5s; }};
    CHECK(delay_after(negative, 3, middle) == 0s);
    backoff_policy const broken =
        function_backoff{.delay = [](int) -> std::chrono::milliseconds { throw std::runtime_error{"no"}; }};
    CHECK(delay_after(broken, 3, middle) == 4s);
}

TEST_CASE("a retry policy that cannot be meant is refused") {
    CHECK_THROWS_AS(validate(retry_policy{exponential_backoff{.first = -1s}}), error);
    CHECK_THROWS_AS(validate(retry_policy{exponential_backoff{.first = 2h, .limit = 1h}}), error);
    CHECK_THROWS_AS(validate(retry_policy{exponential_backoff{.factor = 0.5}}), error);
    CHECK_THROWS_AS(validate(retry_policy{exponential_backoff{.jitter = 1.5}}), error);
    CHECK_THROWS_AS(validate(retry_policy{fixed_backoff{.delay = -1ms}}), error);
    CHECK_THROWS_AS(validate(retry_policy{explicit_backoff{}}), error);
    CHECK_THROWS_AS(validate(retry_policy{function_backoff{}}), error);
    CHECK_THROWS_AS(validate(retry_policy{{{.then = to_dead{}}}, to_held{}}), error);
    CHECK_THROWS_AS(validate(retry_policy{{{.types = {""}, .then = to_dead{}}}, to_held{}}), error);
    CHECK_THROWS_AS(validate(retry_policy{{{.types = {"x"}, .then = fixed_backoff{-1s}}}, to_held{}}), error);
    CHECK_NOTHROW(validate(retry_policy{}));
    CHECK_NOTHROW(validate(retry_policy{{{.types = {"x"}, .then = to_dead{}}}, to_discarded{}}));
    CHECK_NOTHROW(validate(retry_policy{polynomial_backoff{}}));
}
