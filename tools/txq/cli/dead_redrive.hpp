#pragma once

#include <string>
#include <vector>

#include <txq/cli/command_line.hpp>
#include <txq/cli/dead_jobs.hpp>

namespace txq::cli {

/// What was given to `txq dead redrive`.
struct redrive_arguments {
    std::vector<std::string> ids;
    dead_filter filter;
    bool all = false;
    bool dry_run = false;
    std::string to_queue;    ///< empty: the one they are in
    std::string rate;        ///< empty: as fast as it goes
    std::string died_before; ///< empty: now
};

/// Makes dead jobs ready again. Each some hundreds of them are one transaction, so that it can be interrupted at any
/// time; it then says what to run to go on.
int redrive(command_line const& line, redrive_arguments given);

} // namespace txq::cli
