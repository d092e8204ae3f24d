// Files of txq-worker. Nothing that they name is opened or run. `{url}` is as in arguments_of.

#include <txq/detail/duration.hpp>
#include <txq/detail/secrets.hpp>
#include <txq/error.hpp>

#include <worker/program/config.hpp>

#include "fuzz.hpp"

using namespace txq;
using fuzz::has;
using fuzz::require;

namespace {

std::string file_of(std::string_view input) {
    std::string text;
    for (auto const& line : fuzz::arguments_of(input)) text += line + '\n';
    return text;
}

void check_meant(program::config const& file, std::string_view text) {
    require(!file.kinds.empty() && !file.groups.empty(), "a file says what to run, and where", text);
    auto const processes = program::processes_of(file);
    require(!processes.empty() && processes.size() <= 256 * file.groups.size(), "there are some processes", text);
    for (auto const& groups : processes)
        require(program::options_for(file, groups).groups.size() == groups.size(), "each has its groups", text);
    require(file.options.lease >= std::chrono::seconds{1}, "a lease is a second at least", text);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto const input = fuzz::text_of(data, size);
    if (has(input, fuzz::secret)) return 0;
    auto const text = file_of(input);
    try {
        check_meant(program::parse_config(text, "worker.toml"), text);
    } catch (error const& wrong) {
        require(wrong.code() == errc::bad_configuration, "a file is refused in one way", wrong.what());
        require(std::string_view{wrong.what()}.starts_with("worker.toml"), "the file is named", wrong.what());
        require(!has(without_passwords(wrong.what()), fuzz::secret), "no password is said", wrong.what());
    }
    return 0;
}
