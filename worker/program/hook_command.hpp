#pragma once

#include <string>

#include <txq/failure_hook.hpp>

#include "config.hpp"

namespace txq::program {

/// What the command gets on its standard input.
std::string json_of(failure_report const& report);

/// Runs the command of a worker's file for each report that it is about. One that fails is only logged.
/// Throws error (bad_configuration) that names the place in the file if there is no such program.
failure_hook make_hook(hook_config const& from, std::filesystem::path const& directory);

} // namespace txq::program
