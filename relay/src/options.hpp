#pragma once

#include <optional>
#include <string>
#include <vector>

#include <txq/log.hpp>

#include "service.hpp"

namespace txq::relay {

/// What the command line asks for.
struct options {
    relay::settings settings;
    log::level log_level = log::level::info;
    bool json_log = false;
    /// A file with schedules whose runs are to be started as well, or empty.
    std::string schedules{};
};

/// Options, or what to say and what to exit with instead: help, the version, or what is wrong.
struct parsed {
    std::optional<relay::options> options{};
    std::string out{};
    std::string err{};
    int exit_code = 0;
};

/// The arguments without the program's name. Also looks into the environment.
parsed parse(std::vector<std::string> arguments);

} // namespace txq::relay
