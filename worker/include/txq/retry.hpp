#pragma once

#include <chrono>
#include <variant>
#include <vector>

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

/// How long a failed job waits for its next attempt.
using retry_policy = std::variant<exponential_backoff, polynomial_backoff, fixed_backoff, explicit_backoff>;

/// The delay after attempt number `attempt` (1 for the first) has failed. `random` is from 0 up to, not including, 1.
/// Never negative, never overflows, whatever the attempt.
std::chrono::milliseconds delay_after(retry_policy const& policy, int attempt, double random) noexcept;

/// Throws error (bad_configuration) for a policy that cannot be meant: negative times, a factor below 1, a jitter
/// beyond 0 to 1, an empty list.
void validate(retry_policy const& policy);

} // namespace txq
