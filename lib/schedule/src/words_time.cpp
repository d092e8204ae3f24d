#include "words_time.hpp"

#include <algorithm>

namespace txq::schedules {

using namespace std::chrono;

namespace {

constexpr char a_time[] = "a time such as 04:02, 9am or noon";
constexpr std::size_t most_times = 24;

/// The hour of a twelve-hour clock.
hours on_the_clock(int hour, bool afternoon) { return hours{hour % 12 + (afternoon ? 12 : 0)}; }

bool begins_time(std::string_view word) {
    return same(word, "noon") || same(word, "midnight") || (!word.empty() && word[0] >= '0' && word[0] <= '9');
}

/// Takes `am` or `pm` from the end of the word, or as the word that follows it.
std::string_view half_of_day(sentence& rest, std::string_view& word) {
    auto const tail = word.substr(word.size() - std::min<std::size_t>(word.size(), 2));
    if (same(tail, "am") || same(tail, "pm")) {
        word.remove_suffix(2);
        return tail;
    }
    auto const next = rest.peek();
    return same(next, "am") || same(next, "pm") ? rest.take() : std::string_view{};
}

/// `:30`, or `:30:15`; nothing is zero.
seconds after_the_hour(text const& whole, std::string_view part) {
    if (part.empty()) return seconds{0};
    part.remove_prefix(1);
    auto const colon = std::min(part.find(':'), part.size());
    auto const minute = minutes{whole.number(part.substr(0, colon), 0, 59, "a minute")};
    if (colon == part.size()) return minute;
    return minute + seconds{whole.number(part.substr(colon + 1), 0, 59, "a second")};
}

time_of_day read_time(sentence& rest) {
    if (rest.take_if("noon")) return hours{12};
    if (rest.take_if("midnight")) return hours{0};
    if (!begins_time(rest.peek())) rest.reject(a_time);
    auto const whole_word = rest.take();
    auto word = whole_word;
    auto const half = half_of_day(rest, word);
    auto const colon = std::min(word.find(':'), word.size());
    if (colon == word.size() && half.empty()) rest.whole().reject(whole_word, a_time);
    auto const hour =
        half.empty() ? hours{rest.whole().number(word.substr(0, colon), 0, 23, "an hour")}
                     : on_the_clock(rest.whole().number(word.substr(0, colon), 1, 12, "an hour"), same(half, "pm"));
    return hour + after_the_hour(rest.whole(), word.substr(colon));
}

} // namespace

clock_times read_times(sentence& rest) {
    std::vector<time_of_day> times;
    do {
        if (times.size() == most_times) rest.reject("the end, after 24 times");
        times.push_back(read_time(rest));
    } while (rest.take_if("and") || begins_time(rest.peek()));
    std::ranges::sort(times);
    times.erase(std::unique(times.begin(), times.end()), times.end());
    return {times};
}

} // namespace txq::schedules
