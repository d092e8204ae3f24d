#include <txq/detail/duration.hpp>

#include <charconv>
#include <cstdint>

#include <txq/error.hpp>

namespace txq {

namespace {

using std::chrono::milliseconds;

struct unit {
    std::string_view name;
    milliseconds length;
};

constexpr unit units[] = {
    {"d", std::chrono::hours{24}},  {"h", std::chrono::hours{1}}, {"min", std::chrono::minutes{1}},
    {"s", std::chrono::seconds{1}}, {"ms", milliseconds{1}},
};

constexpr milliseconds longest = std::chrono::hours{24} * 36'500;

[[noreturn]] void reject(std::string_view text, char const* why) {
    throw error{errc::bad_configuration,
                "'" + std::string{text} + "' is not a duration: " + why + "; write 20ms, 30s, 5min, 12h or 7d"};
}

unit unit_named(std::string_view text, std::string_view name) {
    if (name.empty()) reject(text, "it has no unit");
    for (auto const& one : units)
        if (one.name == name) return one;
    reject(text, "the unit is unknown");
}

} // namespace

milliseconds parse_duration(std::string_view text) {
    std::uint64_t count = 0;
    auto const [rest, problem] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (problem == std::errc::invalid_argument) reject(text, "it does not begin with a whole number");
    auto const name = text.substr(static_cast<std::size_t>(rest - text.data()));
    auto const [_, length] = unit_named(text, name);
    if (problem == std::errc::result_out_of_range || count > static_cast<std::uint64_t>(longest / length))
        reject(text, "it is longer than a hundred years");
    return static_cast<milliseconds::rep>(count) * length;
}

std::string format_duration(milliseconds duration) {
    if (duration == milliseconds::zero()) return "0s";
    for (auto const& [name, length] : units)
        if (duration % length == milliseconds::zero()) return std::to_string(duration / length) + std::string{name};
    return {}; // not reached: every duration is a number of milliseconds
}

} // namespace txq
