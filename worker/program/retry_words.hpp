#pragma once

#include <string_view>

#include <txq/retry.hpp>

namespace txq::program {

/// What becomes of a job whose attempt has failed, as people write it in a file:
///     exponential [first DURATION] [factor NUMBER] [limit DURATION] [jitter PERCENT]
///     polynomial [first DURATION] [power NUMBER] [limit DURATION] [jitter PERCENT]
///     fixed DURATION [jitter PERCENT]
///     explicit DURATION... [jitter PERCENT]
///     discard [at LEVEL]
///     dead
///     hold
/// such as "exponential first 2s limit 10min" and "explicit 1min 5min 1h jitter 10%". What is left out is as in
/// retry.hpp. Throws error (bad_configuration).
retry_action parse_retry(std::string_view words);

/// A rule of a policy:
///     on TYPE... then ACTION
///     on [TYPE...] message PATTERN... then ACTION
/// such as "on sqlstate:40* exit:75 then fixed 1s" and "on message '*no such mailbox*' then discard at warning". What
/// has blanks in it stands in quotes, and so does a type that is called message or then. Throws error
/// (bad_configuration).
retry_rule parse_rule(std::string_view words);

} // namespace txq::program
