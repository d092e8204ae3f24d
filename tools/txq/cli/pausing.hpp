#pragma once

#include <string>

#include <txq/cli/command_line.hpp>

namespace txq::cli {

/// What can be paused and resumed by name, other than queues: they take the name and tell `paused_before`.
struct pausable {
    std::string noun; ///< kind; `txq kinds pause` has it with an s
    statement const& pause;
    statement const& resume;
};

/// Adds the commands `pause` and `resume` to a group.
void add_pausing(command_line& line, CLI::App* group, pausable const& what);

} // namespace txq::cli
