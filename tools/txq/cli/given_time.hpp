#pragma once

#include <chrono>
#include <string>

#include <txq/detail/session.hpp>

// Times and durations as people give them to options. They throw error (bad_time), which names the option.

namespace txq::cli {

/// By the database, which knows all the ways in which people write times.
std::chrono::system_clock::time_point time_given(session& database, char const* option, std::string const& text);

std::chrono::milliseconds duration_given(char const* option, std::string const& text);

} // namespace txq::cli
