#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace txq {

/// A duration as people write it in options and files: whole numbers with their units, the largest first, `20ms`,
/// `30s`, `5min` or `5m`, `1h30min`, `1d 12h`; zero needs no unit. So all that format_duration and txq's tables write
/// can be read. Throws error (bad_configuration) for anything else and for more than a hundred years.
std::chrono::milliseconds parse_duration(std::string_view text);

/// In the largest unit that needs no fraction; parse_duration reads it back. Not for negative durations.
std::string format_duration(std::chrono::milliseconds duration);

} // namespace txq
