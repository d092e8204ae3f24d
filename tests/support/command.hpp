#pragma once

#include <string>
#include <vector>

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
command run_txq(database const& db, std::vector<std::string> const& arguments, std::string const& input = "");
/// The same without naming a database.
command run_txq(std::vector<std::string> const& arguments, std::string const& input = "");

} // namespace txq::test
