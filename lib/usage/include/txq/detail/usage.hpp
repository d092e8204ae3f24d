#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

namespace txq::usage {

/// What is wrong with a command line, and how to get help, for a person: two lines that begin with the program's name
/// and with `see: `. The same in all of txq's programs, whatever CLI11 has to say.
std::string explain(CLI::App const& app, CLI::ParseError const& wrong);

/// That of `words` which was probably meant: it begins with `word`, or differs from it in two letters at most. Empty:
/// none of them.
std::string closest(std::string_view word, std::vector<std::string> const& words);

} // namespace txq::usage
