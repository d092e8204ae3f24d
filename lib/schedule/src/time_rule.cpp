#include <txq/schedule/time_rule.hpp>

#include <algorithm>

namespace txq::schedules {

using namespace std::chrono;

namespace {

constexpr time_of_day day_ends = hours{24};

template <std::size_t Size>
std::optional<int> next_of(std::bitset<Size> const& numbers, int from) {
    for (auto number = from; number < static_cast<int>(Size); ++number)
        if (numbers[static_cast<std::size_t>(number)]) return number;
    return {};
}

/// Within an hour.
std::optional<seconds> next_in_hour(clock_fields const& rule, hh_mm_ss<seconds> from) {
    auto const first_minute = static_cast<int>(from.minutes().count());
    auto first_second = static_cast<int>(from.seconds().count());
    for (auto minute = next_of(rule.minutes, first_minute); minute; minute = next_of(rule.minutes, *minute + 1)) {
        auto const second = next_of(rule.seconds, *minute == first_minute ? first_second : 0);
        if (second) return minutes{*minute} + seconds{*second};
    }
    return {};
}

std::optional<time_of_day> next_of(clock_fields const& rule, time_of_day from) {
    auto const first_hour = static_cast<int>(floor<hours>(from).count());
    for (auto hour = next_of(rule.hours, first_hour); hour; hour = next_of(rule.hours, *hour + 1)) {
        auto const rest = *hour == first_hour ? from - hours{first_hour} : seconds{0};
        if (auto const found = next_in_hour(rule, hh_mm_ss{rest})) return hours{*hour} + *found;
    }
    return {};
}

std::optional<time_of_day> next_of(clock_times const& rule, time_of_day from) {
    auto const found = std::ranges::lower_bound(rule.times, from);
    return found == rule.times.end() ? std::nullopt : std::optional{*found};
}

std::optional<time_of_day> next_of(clock_step const& rule, time_of_day from) {
    auto const steps = from <= rule.offset ? 0 : (from - rule.offset + rule.step - seconds{1}) / rule.step;
    auto const found = rule.offset + steps * rule.step;
    return found < day_ends ? std::optional{found} : std::nullopt;
}

} // namespace

std::optional<time_of_day> next_time(time_rule const& rule, time_of_day from) {
    return std::visit([&](auto const& one) { return next_of(one, from); }, rule);
}

} // namespace txq::schedules
