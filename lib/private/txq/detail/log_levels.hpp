#pragma once

#include <map>
#include <string>

#include <txq/log.hpp>

namespace txq::log {

/// As the option --log-level of txq's programs takes them.
inline std::map<std::string, level> const levels_by_name{
    {"debug", level::debug}, {"info", level::info}, {"warning", level::warning}, {"error", level::error}};

} // namespace txq::log
