#pragma once

#include <initializer_list>
#include <string>

#include <nlohmann/json.hpp>

#include <support/database.hpp>

namespace txq::test {

/// What `txq ARGUMENTS...` wrote and ended with, run within the test.
struct command {
    int status;
    std::string out;
    std::string err;

    nlohmann::json json() const { return nlohmann::json::parse(out); }
};

/// Runs the operator's command on a database.
command run_txq(database const& db, std::initializer_list<std::string> arguments, std::string const& input = "");
/// The same without naming a database.
command run_txq(std::initializer_list<std::string> arguments, std::string const& input = "");

} // namespace txq::test
