#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace txq::cli {

/// A script for bash that completes the commands and options of an app.
std::string bash_completion(CLI::App const& app);

} // namespace txq::cli
