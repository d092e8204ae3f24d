#pragma once

#include <optional>
#include <string>
#include <vector>

#include <txq/log.hpp>

namespace txq::program {

/// The command line of txq-worker.
struct options {
    std::string config;
    std::string database;
    bool check = false;
    bool relay = false;
    bool pooled = false;
    bool json_log = false;
    log::level log_level = log::level::info;

    // What only a process that supervises others gives to these: its id, and the groups to run.
    int supervisor = 0;
    std::vector<std::string> only;

    /// Set when there is nothing more to do but to exit with it: help was asked for, or an option cannot be meant.
    std::optional<int> exit_status;
};

/// The arguments without the program's name. Writes help to standard output, and complaints to standard error.
options parse_options(std::vector<std::string> arguments);

} // namespace txq::program
