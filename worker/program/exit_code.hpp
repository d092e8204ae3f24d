#pragma once

#include <exception>

namespace txq::program::exit_code {

inline constexpr int ok = 0;
inline constexpr int failed = 1;
inline constexpr int usage = 2;
inline constexpr int schema = 3;
inline constexpr int database = 4;

/// What a process ends with that this was thrown in.
int of(std::exception const& thrown) noexcept;

} // namespace txq::program::exit_code
