// Files of txq-worker, and what txq-relay makes of them. Nothing that they name is opened or run. `{url}` is as in
// arguments_of.

#include <optional>

#include <txq/detail/duration.hpp>
#include <txq/detail/secrets.hpp>
#include <txq/error.hpp>

#include <scheduler/file/schedule_file.hpp>
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

/// Nothing if it is refused, in the way that it should be.
template <typename Parse>
auto parsed_by(Parse parse, std::string const& text) -> std::optional<decltype(parse(text, "worker.toml"))> {
    try {
        return parse(text, "worker.toml");
    } catch (error const& wrong) {
        require(wrong.code() == errc::bad_configuration, "a file is refused in one way", wrong.what());
        require(std::string_view{wrong.what()}.starts_with("worker.toml"), "the file is named", wrong.what());
        require(!has(without_passwords(wrong.what()), fuzz::secret), "no password is said", wrong.what());
        return std::nullopt;
    }
}

void check_same(program::config const& to_worker, std::optional<program::schedule_file> const& to_relay,
                std::string_view text) {
    require(to_relay && to_relay->set.name == to_worker.schedules.name &&
                to_relay->set.schedules.size() == to_worker.schedules.schedules.size(),
            "it says the same of schedules to a relay", text);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto const input = fuzz::text_of(data, size);
    if (has(input, fuzz::secret)) return 0;
    auto const text = file_of(input);
    auto const to_relay = parsed_by(program::parse_schedule_file, text);
    if (auto const to_worker = parsed_by(program::parse_config, text)) {
        check_meant(*to_worker, text);
        check_same(*to_worker, to_relay, text);
    }
    return 0;
}
