// The operator's command, an argument a line. No database is there to be reached.

#include <cstdlib>
#include <sstream>

#include <txq/cli/command_line.hpp>

#include "fuzz.hpp"

using namespace txq;
using fuzz::has;
using fuzz::require;

namespace {

void forget_databases() {
    for (auto const* name : {"TXQ_DATABASE_URL", "TXQ_SOURCE_URL", "PGHOST", "PGPORT", "PGDATABASE", "PGSERVICE"})
        ::unsetenv(name);
}

/// Measurements start programs and threads.
bool is_measurement(std::vector<std::string> const& arguments) {
    for (auto const& one : arguments)
        if (one == "bench") return true;
    return false;
}

/// What nobody has written for people comes from an exception of the standard library's.
bool is_ours(std::string_view complaint) {
    for (auto const* part : {"bad_function_call", "bad_alloc", "basic_string", "::at", "std::", "stoi", "stoul"})
        if (fuzz::has(complaint, part)) return false;
    return true;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto const input = fuzz::text_of(data, size);
    auto const arguments = fuzz::arguments_of(input);
    if (has(input, fuzz::secret) || is_measurement(arguments)) return 0;
    forget_databases();
    std::istringstream in{"{}"};
    std::ostringstream out, err;
    auto const status = cli::run(arguments, {in, out, err});
    auto const said = out.str(), complaint = err.str();
    require(status >= 0 && status <= 5, "the exit status says what is wrong", complaint);
    require(!has(complaint, fuzz::secret) && !has(said, fuzz::secret), "no password is said", complaint);
    if (status == 0) return 0;
    require(complaint.starts_with("txq: "), "who complains is said", complaint);
    require(is_ours(complaint) || !is_ours(input), "what is said was written for people", complaint);
    require(complaint.find_first_of("\r\033\a\b") == complaint.npos, "a complaint moves no cursor", complaint);
    return 0;
}
