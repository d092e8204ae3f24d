#pragma once

#include <string>

#include <txq/cli/command_line.hpp>

namespace txq::cli {

/// Adds the commands `pause` and `resume` to a group.
///   noun  what the group is about: kind or tenant
void add_pausing(command_line& line, CLI::App* group, std::string const& noun);

} // namespace txq::cli
