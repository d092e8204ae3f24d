#pragma once

#include <txq/cli/command_line.hpp>

// One function per command, each in a file of its own.

namespace txq::cli {

void add_migrate(command_line& line);

} // namespace txq::cli
