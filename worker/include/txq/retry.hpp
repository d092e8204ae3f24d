#pragma once

#include <chrono>
#include <concepts>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include <txq/job_error.hpp>
#include <txq/log.hpp>

namespace txq {

/// first, first * factor, first * factor^2 ... up to limit. With the defaults 20 attempts last for about eight hours.
struct exponential_backoff {
    std::chrono::milliseconds first = std::chrono::seconds{1};
    double factor = 2.0;
    std::chrono::milliseconds limit = std::chrono::hours{1};
    /// A random share of the delay up to this one is added or taken away: 0.1 is 10 %. 0 to 1.
    double jitter = 0.1;
};

/// first * attempt^power, up to limit.
struct polynomial_backoff {
    std::chrono::milliseconds first = std::chrono::seconds{1};
    double power = 4.0;
    std::chrono::milliseconds limit = std::chrono::hours{24};
    double jitter = 0.1;
};

/// The same each time.
struct fixed_backoff {
    std::chrono::milliseconds delay = std::chrono::seconds{10};
    double jitter = 0.0;
};

/// These delays one after the other; the last one from then on, until the job's attempts are used up.
struct explicit_backoff {
    std::vector<std::chrono::milliseconds> delays;
    double jitter = 0.0;
};

/// Whatever a function makes of the attempt's number. Called by several threads at once. A negative delay is none, one
/// of more than a year is a year; where it throws, the delay is that of an exponential_backoff.
struct function_backoff {
    std::function<std::chrono::milliseconds(int attempt)> delay;
    double jitter = 0.0;
};

/// How long a failed job waits for its next attempt.
using backoff_policy =
    std::variant<exponential_backoff, polynomial_backoff, fixed_backoff, explicit_backoff, function_backoff>;

/// The delay after attempt number `attempt` (1 for the first) has failed. `random` is from 0 up to, not including, 1.
/// Never negative, never more than a year, whatever the attempt.
std::chrono::milliseconds delay_after(backoff_policy const& backoff, int attempt, double random) noexcept;

/// The job is discarded, and the log says so at this level.
struct to_discarded {
    log::level level = log::level::info;
};
/// The job is dead at once, whatever attempts are left.
struct to_dead {};
/// The job is held, whatever attempts are left: a person releases or discards it (`txq jobs release|discard`).
struct to_held {};

/// What becomes of a job whose attempt has failed. A backoff: it is tried again, or is dead if its attempts are used
/// up.
using retry_action = std::variant<backoff_policy, to_discarded, to_dead, to_held>;

/// What is done about some errors. In patterns `*` stands for any text, also for none: "sqlstate:23*", "*timed out*".
struct retry_rule {
    /// Patterns: fits an error if one of them is its type, or that of an error nested in it. Empty: all types.
    std::vector<std::string> types{};
    /// Patterns: fits an error if one of them is its message, or that of an error nested in it. Empty: all messages.
    std::vector<std::string> messages{};
    retry_action then;
};

/// What is done about failed attempts: a value, to be shared by any number of kinds.
///
///     txq::retry_policy const mails{
///         {{.types = {"smtp:452", "sqlstate:40*"}, .then = txq::fixed_backoff{1min}},
///          {.messages = {"*no such mailbox*"}, .then = txq::to_discarded{}}},
///         txq::to_held{}};
struct retry_policy {
    /// The first one that fits decides, also about errors that are not recoverable.
    std::vector<retry_rule> rules{};
    /// What becomes of the rest. Where that is a backoff, errors that are not recoverable make the job dead all the
    /// same.
    retry_action otherwise = backoff_policy{};

    retry_policy() = default;
    retry_policy(std::vector<retry_rule> first, retry_action rest)
        : rules{std::move(first)},
          otherwise{std::move(rest)} {}
    /// The same for all errors: `.retry = txq::fixed_backoff{5s}`.
    template <typename Action>
    requires std::constructible_from<retry_action, Action> retry_policy(Action for_all)
        : otherwise{std::move(for_all)} {}
};

/// What the policy says about an error.
retry_action action_for(retry_policy const& policy, job_failure const& error);

/// Throws error (bad_configuration) for a policy that cannot be meant: negative times, a factor below 1, a jitter
/// beyond 0 to 1, an empty list, a function that is not set, a rule about all errors or with an empty pattern.
void validate(retry_policy const& policy);
void validate(retry_action const& action);

} // namespace txq
