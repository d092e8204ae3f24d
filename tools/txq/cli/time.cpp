#include <txq/cli/time.hpp>

#include <algorithm>
#include <string_view>

namespace txq::cli {

namespace {

using std::chrono::milliseconds;

struct unit {
    char const* name;
    milliseconds length;
};

constexpr unit units[] = {{"d", std::chrono::hours{24}},
                          {"h", std::chrono::hours{1}},
                          {"min", std::chrono::minutes{1}},
                          {"s", std::chrono::seconds{1}}};

/// Without `+00`, which our sessions' times end with.
std::string without_zone(std::string const& text) {
    return text.ends_with("+00") ? text.substr(0, text.size() - 3) : text;
}

} // namespace

std::string people_time(std::string const& text) {
    auto const time = without_zone(text);
    if (time == text) return text;
    return time.substr(0, time.find('.')) + " UTC";
}

std::string iso_time(std::string const& text) {
    auto time = without_zone(text);
    if (time == text) return text;
    std::ranges::replace(time, ' ', 'T');
    return time + 'Z';
}

std::string people_age(milliseconds age) {
    if (age < std::chrono::seconds{1}) return std::to_string(std::max(age, milliseconds{0}).count()) + "ms";
    for (auto const* one = std::begin(units); one != std::end(units); ++one) {
        if (age < one->length) continue;
        auto text = std::to_string(age / one->length) + one->name;
        auto const* const next = one + 1;
        if (next == std::end(units)) return text;
        auto const rest = age % one->length / next->length;
        return rest == 0 ? text : text + ' ' + std::to_string(rest) + next->name;
    }
    return {}; // not reached: it has a second at least
}

} // namespace txq::cli
