#include "text.hpp"

#include <algorithm>
#include <charconv>

#include <txq/error.hpp>

namespace txq::schedules {

namespace {

char lower(char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter; }

bool begins_character(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) != 0x80; }

/// A terminal and a log are to show what stands there, and not to do what it says.
std::string without_controls(std::string_view message) {
    constexpr char digits[] = "0123456789abcdef";
    std::string shown;
    for (auto const one : message) {
        auto const byte = static_cast<unsigned char>(one);
        if (byte >= 0x20 && byte != 0x7f)
            shown += one;
        else
            shown += {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
    }
    return shown;
}

} // namespace

std::vector<std::string_view> text::words(std::string_view blanks) const {
    std::vector<std::string_view> found;
    for (auto begin = whole_.find_first_not_of(blanks); begin != whole_.npos;) {
        auto const end = std::min(whole_.find_first_of(blanks, begin), whole_.size());
        found.push_back(whole_.substr(begin, end - begin));
        begin = whole_.find_first_not_of(blanks, end);
    }
    return found;
}

void text::reject(std::string_view part, std::string const& expected) const {
    refuse(part, "expected " + expected + ", but " +
                     (part.empty() ? "there is nothing" : "found '" + std::string{part} + "'"));
}

void text::refuse(std::string_view part, std::string const& problem) const {
    auto const before = whole_.substr(0, static_cast<std::size_t>(part.data() - whole_.data()));
    auto const column = std::ranges::count_if(before, begins_character) + 1;
    throw error{errc::bad_schedule, without_controls("column " + std::to_string(column) + " of the schedule '" +
                                                     std::string{whole_} + "': " + problem)};
}

int text::number(std::string_view part, int lowest, int highest, std::string const& what) const {
    int value = 0;
    auto const end = part.data() + part.size();
    auto const [stopped, problem] = std::from_chars(part.data(), end, value);
    if (part.starts_with('-') || problem != std::errc{} || stopped != end || value < lowest || value > highest)
        reject(part, what + " from " + std::to_string(lowest) + " to " + std::to_string(highest));
    return value;
}

bool same(std::string_view part, std::string_view word) { return std::ranges::equal(part, word, {}, lower, lower); }

std::optional<int> place_of(std::string_view part, std::span<std::string_view const> names) {
    for (std::size_t place = 0; place < names.size(); ++place)
        if (same(part, names[place]) || same(part, names[place].substr(0, 3))) return static_cast<int>(place);
    return {};
}

} // namespace txq::schedules
