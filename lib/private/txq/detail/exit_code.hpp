#pragma once

#include <chrono>
#include <exception>

/// What txq's programs end with.
namespace txq::exit_code {

inline constexpr int ok = 0;
inline constexpr int failed = 1;
inline constexpr int usage = 2;
inline constexpr int schema = 3;      ///< missing, too old, too new, or changed
inline constexpr int no_database = 4; ///< none named, or not reachable where the program gives up
inline constexpr int not_found = 5;   ///< no such job, or not in a state that allows it
inline constexpr int gave_up = 6;     ///< no database has answered for too long: to be started again

/// After this was thrown: of a txq::error what its code means, of anything else `failed`.
int of(std::exception const& thrown) noexcept;

/// For a watchdog, whose other threads hang: says why, and ends the process with `gave_up`.
[[noreturn]] void give_up(std::chrono::milliseconds patience);

} // namespace txq::exit_code
