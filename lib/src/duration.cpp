#include <txq/detail/duration.hpp>

#include <algorithm>
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
                "'" + std::string{text} + "' is not a duration: " + why + "; write 20ms, 30s, 5min, 1h30min or 7d"};
}

/// Takes what it returns from the front of the text.
std::uint64_t take_number(std::string_view& rest, std::string_view text) {
    std::uint64_t count = 0;
    auto const [end, problem] = std::from_chars(rest.data(), rest.data() + rest.size(), count);
    if (problem == std::errc::invalid_argument) reject(text, "where a whole number should be there is none");
    if (problem == std::errc::result_out_of_range) reject(text, "it is longer than a hundred years");
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    return count;
}

unit take_unit(std::string_view& rest, std::string_view text) {
    auto const name = rest.substr(0, std::min(rest.find_first_of("0123456789 "), rest.size()));
    rest.remove_prefix(name.size());
    if (name.empty()) reject(text, "a number has no unit");
    for (auto const& one : units)
        if (one.name == name || (name == "m" && one.name == "min")) return one;
    reject(text, "the unit is unknown");
}

} // namespace

milliseconds parse_duration(std::string_view text) {
    if (text == "0") return milliseconds::zero();
    auto sum = milliseconds::zero();
    auto last = milliseconds::max();
    auto rest = text;
    do {
        auto const count = take_number(rest, text);
        auto const length = take_unit(rest, text).length;
        if (length >= last) reject(text, "its units do not become smaller");
        if (count > static_cast<std::uint64_t>((longest - sum) / length))
            reject(text, "it is longer than a hundred years");
        sum += static_cast<milliseconds::rep>(count) * length;
        last = length;
        rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    } while (!rest.empty());
    return sum;
}

std::string format_duration(milliseconds duration) {
    if (duration == milliseconds::zero()) return "0s";
    for (auto const& [name, length] : units)
        if (duration % length == milliseconds::zero()) return std::to_string(duration / length) + std::string{name};
    return {}; // not reached: every duration is a number of milliseconds
}

} // namespace txq
