#include "fuzz.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace txq::fuzz {

void require(bool is_true, char const* claim, std::string_view about) {
    if (is_true) return;
    std::fprintf(stderr, "not true: %s\n%.*s\n", claim, static_cast<int>(about.size()), about.data());
    std::abort();
}

std::string_view take_line(std::string_view& text) {
    auto const end = std::min(text.find('\n'), text.size());
    auto const line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
}

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) lines.emplace_back(take_line(text));
    return lines;
}

std::vector<std::string> arguments_of(std::string_view text) {
    constexpr std::string_view place = "{url}";
    auto const url = "postgresql://ann:x" + std::string{secret} + "y@h/shop";
    auto arguments = lines_of(text);
    for (auto& one : arguments)
        for (auto at = one.find(place); at != one.npos; at = one.find(place, at + url.size()))
            one.replace(at, place.size(), url);
    return arguments;
}

} // namespace txq::fuzz
