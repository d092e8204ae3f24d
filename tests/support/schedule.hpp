#pragma once

#include <string>

#include <txq/schedule/schedule.hpp>

namespace txq::test {

/// 2026-03-29T01:00Z
std::chrono::sys_seconds instant(std::string const& text);
/// 01:00
std::string clock_of(std::chrono::sys_seconds time);
/// 2026-03-29T01:00:00Z
std::string shown(std::chrono::sys_seconds time);

} // namespace txq::test
