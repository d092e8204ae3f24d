#include <txq/retry.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>

#include <txq/error.hpp>

namespace txq {

namespace {

using std::chrono::milliseconds;

/// Longer than anybody waits, and far from the ends of what milliseconds and PostgreSQL's timestamps can hold.
constexpr milliseconds forever = std::chrono::hours{24 * 365};

/// In floating point, so that nothing overflows on the way: what is too large is infinite, and the limit is taken.
double grown(milliseconds first, double by) {
    return first.count() == 0 ? 0.0 : static_cast<double>(first.count()) * by; // 0 times infinity is not a number
}
double unjittered(exponential_backoff const& how, int attempt) {
    return grown(how.first, std::pow(how.factor, attempt - 1));
}
double unjittered(polynomial_backoff const& how, int attempt) { return grown(how.first, std::pow(attempt, how.power)); }
double unjittered(fixed_backoff const& how, int) { return static_cast<double>(how.delay.count()); }
double unjittered(explicit_backoff const& how, int attempt) {
    if (how.delays.empty()) return 0;
    auto const last = how.delays.size() - 1;
    return static_cast<double>(how.delays[std::min(static_cast<std::size_t>(attempt) - 1, last)].count());
}
double unjittered(function_backoff const& how, int attempt) {
    try {
        return static_cast<double>(how.delay(attempt).count());
    } catch (...) { return std::min(unjittered(exponential_backoff{}, attempt), 3'600'000.0); }
}

milliseconds limit_of(exponential_backoff const& policy) { return std::min(policy.limit, forever); }
milliseconds limit_of(polynomial_backoff const& policy) { return std::min(policy.limit, forever); }
template <typename Backoff>
milliseconds limit_of(Backoff const&) {
    return forever;
}

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
void check(function_backoff const& policy) {
    if (!policy.delay) reject("there is no function");
}

void check(backoff_policy const& backoff) {
    std::visit(
        [](auto const& one) {
            if (!(one.jitter >= 0.0 && one.jitter <= 1.0)) reject("the jitter is not within 0 and 1");
            check(one);
        },
        backoff);
}

/// Goes on from the last star when it gets stuck, so that the time is the product of the two lengths at most.
bool fits(std::string_view pattern, std::string_view text) {
    std::size_t at = 0, in = 0, star = pattern.npos, resume = 0;
    while (in < text.size()) {
        if (at < pattern.size() && pattern[at] == '*') {
            star = at++;
            resume = in;
        } else if (at < pattern.size() && pattern[at] == text[in]) {
            ++at, ++in;
        } else if (star != pattern.npos) {
            at = star + 1;
            in = ++resume;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', at) == pattern.npos;
}

/// Whether one of the patterns fits what is asked for, of the error or of one that is nested in it.
bool fits(std::vector<std::string> const& patterns, job_failure const& error, std::string job_failure::*of_error,
          std::string job_failure::cause::*of_cause) {
    if (patterns.empty()) return true;
    return std::ranges::any_of(patterns, [&](std::string const& pattern) {
        return fits(pattern, error.*of_error) ||
               std::ranges::any_of(error.causes, [&](auto const& one) { return fits(pattern, one.*of_cause); });
    });
}

bool fits(retry_rule const& rule, job_failure const& error) {
    return fits(rule.types, error, &job_failure::type, &job_failure::cause::type) &&
           fits(rule.messages, error, &job_failure::message, &job_failure::cause::message);
}

void check(retry_rule const& rule) {
    if (rule.types.empty() && rule.messages.empty())
        reject("a rule is about all errors; that is what the default is for");
    for (auto const* patterns : {&rule.types, &rule.messages})
        if (std::ranges::any_of(*patterns, &std::string::empty)) reject("a rule has an empty pattern");
    validate(rule.then);
}

} // namespace

milliseconds delay_after(backoff_policy const& backoff, int attempt, double random) noexcept {
    return std::visit(
        [&](auto const& one) {
            auto const limit = static_cast<double>(limit_of(one).count());
            auto const plain = std::clamp(unjittered(one, std::max(attempt, 1)), 0.0, limit);
            auto const share = 1.0 + one.jitter * (2.0 * random - 1.0);
            return milliseconds{static_cast<milliseconds::rep>(std::clamp(plain * share, 0.0, limit))};
        },
        backoff);
}

retry_action action_for(retry_policy const& policy, job_failure const& error) {
    auto const rule = std::ranges::find_if(policy.rules, [&](auto const& one) { return fits(one, error); });
    if (rule != policy.rules.end()) return rule->then;
    auto const again = std::holds_alternative<backoff_policy>(policy.otherwise);
    return again && !error.recoverable ? retry_action{to_dead{}} : policy.otherwise;
}

void validate(retry_action const& action) {
    if (auto const* const backoff = std::get_if<backoff_policy>(&action)) check(*backoff);
}

void validate(retry_policy const& policy) {
    std::ranges::for_each(policy.rules, [](auto const& one) { check(one); });
    validate(policy.otherwise);
}

} // namespace txq
