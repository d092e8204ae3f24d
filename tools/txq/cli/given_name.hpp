#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace txq::cli {

/// For options that take the name of a `noun`: 1 to 128 bytes, as the tables hold it.
CLI::Validator name_of(std::string const& noun);

/// For options that narrow something down: an empty variable of a script must not mean all of it.
CLI::Validator not_empty();

} // namespace txq::cli
