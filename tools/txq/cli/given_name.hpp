#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace txq::cli {

/// For options that take the name of a `noun`: 1 to 128 bytes, as the tables hold it.
CLI::Validator name_of(std::string const& noun);

} // namespace txq::cli
