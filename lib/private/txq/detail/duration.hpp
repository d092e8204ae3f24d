#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace txq {

/// A duration as people write it in options and files: a whole number and its unit, `20ms`, `30s`, `5min`, `12h`, `7d`.
/// Throws error (bad_configuration) for anything else and for more than a hundred years.
std::chrono::milliseconds parse_duration(std::string_view text);

/// In the largest unit that needs no fraction; parse_duration reads it back. Not for negative durations.
std::string format_duration(std::chrono::milliseconds duration);

} // namespace txq
