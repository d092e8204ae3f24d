#pragma once

#include <string_view>

#include <txq/retry.hpp>

namespace txq::program {

/// A retry policy as people write it in a file:
///     exponential [first DURATION] [factor NUMBER] [limit DURATION] [jitter PERCENT]
///     polynomial [first DURATION] [power NUMBER] [limit DURATION] [jitter PERCENT]
///     fixed DURATION [jitter PERCENT]
///     explicit DURATION... [jitter PERCENT]
/// such as "exponential first 2s limit 10min" and "explicit 1min 5min 1h jitter 10%". What is left out is as in
/// retry.hpp. Throws error (bad_configuration).
retry_policy parse_retry(std::string_view words);

} // namespace txq::program
