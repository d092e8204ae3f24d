#include "command.hpp"

#include <sstream>
#include <vector>

#include <txq/cli/command_line.hpp>

namespace txq::test {

namespace {

command run(std::vector<std::string> const& arguments, std::string const& input) {
    std::istringstream in{input};
    std::ostringstream out, err;
    auto const status = cli::run(arguments, {in, out, err});
    return {status, out.str(), err.str()};
}

} // namespace

command run_txq(database const& db, std::vector<std::string> const& arguments, std::string const& input) {
    std::vector<std::string> all{"--database", db.url()};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return run(all, input);
}

command run_txq(std::vector<std::string> const& arguments, std::string const& input) { return run(arguments, input); }

} // namespace txq::test
