#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "spawn.hpp"

namespace txq::program {

/// What a worker's file means by `exec`, with this process's environment. A program without a slash is looked for in
/// $PATH, one with a relative path in `directory`. Its arguments are given to it as they are. Throws error
/// (bad_configuration) if there is no such file to be executed.
command command_for(std::vector<std::string> arguments, std::filesystem::path const& directory);

} // namespace txq::program
