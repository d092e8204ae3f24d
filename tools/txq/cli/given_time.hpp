#pragma once

#include <chrono>
#include <optional>
#include <string>

#include <txq/detail/session.hpp>

// Times and durations as people give them to options. They throw error (bad_time), which names the option.

namespace txq::cli {

/// The row of sql::read_time, by the database, which knows all the ways in which people write times. Nothing for what
/// is no point in time.
std::optional<pqxx::row> read_time(session& database, std::string const& text);

std::chrono::system_clock::time_point time_given(session& database, char const* option, std::string const& text);

std::chrono::milliseconds duration_given(char const* option, std::string const& text);

} // namespace txq::cli
