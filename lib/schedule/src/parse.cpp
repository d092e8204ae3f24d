#include <algorithm>

#include <txq/error.hpp>

#include "forms.hpp"

namespace txq::schedules {

namespace {

constexpr std::size_t longest_text = 256;

zone zone_of(text const& whole, std::string_view name) try {
    return zone{std::string{name}};
} catch (error const& unknown) { whole.refuse(name, unknown.what()); }

schedule read(text const& whole, words given) {
    auto const first = given.empty() ? whole.end() : given[0];
    if (same(first, "every")) return read_words(whole, given.subspan(1));
    if (first.starts_with('@')) return read_nickname(whole, given);
    auto const like_cron = !first.empty() && std::string_view{"*0123456789"}.find(first[0]) != std::string_view::npos;
    if (!like_cron) whole.reject(first, "`every`, cron's fields or a name such as @daily");
    return read_cron(whole, given);
}

} // namespace

schedule parse(std::string_view written, zone const& fallback) {
    if (written.size() > longest_text)
        throw error{errc::bad_schedule, "a schedule has " + std::to_string(longest_text) + " bytes at most, this one " +
                                            std::to_string(written.size())};
    auto const whole = text{written};
    auto const all = whole.words();
    auto const in = std::ranges::find_if(all, [](auto word) { return same(word, "in"); });
    auto what = read(whole, {all.begin(), in});
    what.where = fallback;
    if (in == all.end()) return what;
    if (in + 1 == all.end()) whole.reject(whole.end(), "a time zone such as Europe/Berlin");
    if (in + 2 != all.end()) whole.reject(in[2], "the end");
    what.where = zone_of(whole, in[1]);
    return what;
}

} // namespace txq::schedules
