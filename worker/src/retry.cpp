#include <txq/retry.hpp>

#include <algorithm>
#include <cmath>
#include <string>

#include <txq/error.hpp>

namespace txq {

namespace {

using std::chrono::milliseconds;

/// In floating point, so that nothing overflows on the way: what is too large is infinite, and the limit is taken.
double unjittered(exponential_backoff const& policy, int attempt) {
    return static_cast<double>(policy.first.count()) * std::pow(policy.factor, attempt - 1);
}
double unjittered(polynomial_backoff const& policy, int attempt) {
    return static_cast<double>(policy.first.count()) * std::pow(attempt, policy.power);
}
double unjittered(fixed_backoff const& policy, int) { return static_cast<double>(policy.delay.count()); }
double unjittered(explicit_backoff const& policy, int attempt) {
    if (policy.delays.empty()) return 0;
    auto const last = policy.delays.size() - 1;
    return static_cast<double>(policy.delays[std::min(static_cast<std::size_t>(attempt) - 1, last)].count());
}

/// Longer than anybody waits, and far from the ends of what milliseconds and PostgreSQL's timestamps can hold.
constexpr milliseconds forever = std::chrono::hours{24 * 365};

milliseconds limit_of(exponential_backoff const& policy) { return std::min(policy.limit, forever); }
milliseconds limit_of(polynomial_backoff const& policy) { return std::min(policy.limit, forever); }
milliseconds limit_of(fixed_backoff const&) { return forever; }
milliseconds limit_of(explicit_backoff const&) { return forever; }

[[noreturn]] void reject(char const* what) {
    throw error{errc::bad_configuration, std::string{"retry policy: "} + what};
}

void check_first_and_limit(milliseconds first, milliseconds limit) {
    if (first < milliseconds::zero()) reject("the first delay is negative");
    if (limit < first) reject("the limit is below the first delay");
}

void check(exponential_backoff const& policy) {
    check_first_and_limit(policy.first, policy.limit);
    if (!(policy.factor >= 1.0) || !std::isfinite(policy.factor)) reject("the factor is below 1");
}
void check(polynomial_backoff const& policy) {
    check_first_and_limit(policy.first, policy.limit);
    if (!(policy.power >= 0.0) || !std::isfinite(policy.power)) reject("the power is negative");
}
void check(fixed_backoff const& policy) {
    if (policy.delay < milliseconds::zero()) reject("the delay is negative");
}
void check(explicit_backoff const& policy) {
    if (policy.delays.empty()) reject("the list of delays is empty");
    if (std::ranges::any_of(policy.delays, [](auto delay) { return delay < milliseconds::zero(); }))
        reject("a delay of the list is negative");
}

} // namespace

milliseconds delay_after(retry_policy const& policy, int attempt, double random) noexcept {
    return std::visit(
        [&](auto const& one) {
            auto const limit = static_cast<double>(limit_of(one).count());
            auto const plain = std::min(unjittered(one, std::max(attempt, 1)), limit);
            auto const share = 1.0 + one.jitter * (2.0 * random - 1.0);
            return milliseconds{static_cast<milliseconds::rep>(std::clamp(plain * share, 0.0, limit))};
        },
        policy);
}

void validate(retry_policy const& policy) {
    std::visit(
        [](auto const& one) {
            if (!(one.jitter >= 0.0 && one.jitter <= 1.0)) reject("the jitter is not within 0 and 1");
            check(one);
        },
        policy);
}

} // namespace txq
