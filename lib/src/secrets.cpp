#include <txq/detail/secrets.hpp>

#include <algorithm>

namespace txq {

namespace {

/// Where something stands in a text.
struct range {
    std::size_t begin;
    std::size_t end;
};

/// In postgresql://user:password@host what lies between the first colon and the last @ of the line: a password in which
/// something should have been escaped may hold any character.
void add_those_of_urls(std::string_view text, std::vector<range>& found) {
    for (auto const* scheme : {"postgresql://", "postgres://"}) {
        for (auto at = text.find(scheme); at != text.npos; at = text.find(scheme, at + 1)) {
            auto const begin = text.find(':', at + std::string_view{scheme}.size());
            auto const line = std::min(text.find('\n', at), text.size());
            auto const end = text.substr(0, line).rfind('@');
            if (begin < line && end != text.npos && begin < end) found.push_back({begin + 1, end});
        }
    }
}

/// The end of a value that begins here, in quotes or without.
std::size_t end_of_value(std::string_view text, std::size_t begin) {
    if (begin >= text.size() || text[begin] != '\'')
        return std::min(text.find_first_of(" \t\n&'\"", begin), text.size());
    for (auto at = begin + 1; at < text.size(); ++at) {
        if (text[at] == '\\')
            ++at;
        else if (text[at] == '\'')
            return at;
    }
    return text.size();
}

/// `password = 'value'`, also as a URL's parameter.
void add_those_of_key_words(std::string_view text, std::vector<range>& found) {
    constexpr std::string_view key = "password";
    for (auto at = text.find(key); at != text.npos; at = text.find(key, at + 1)) {
        auto const equals = text.find_first_not_of(' ', at + key.size());
        if (equals == text.npos || text[equals] != '=') continue;
        auto const begin = std::min(text.find_first_not_of(' ', equals + 1), text.size());
        found.push_back({begin, end_of_value(text, begin)});
    }
}

/// In order, none within another one.
std::vector<range> passwords_in(std::string_view text) {
    std::vector<range> found;
    add_those_of_urls(text, found);
    add_those_of_key_words(text, found);
    std::ranges::sort(found, {}, &range::begin);
    std::vector<range> apart;
    for (auto const& one : found) {
        if (apart.empty() || one.begin >= apart.back().end)
            apart.push_back(one);
        else
            apart.back().end = std::max(apart.back().end, one.end);
    }
    return apart;
}

} // namespace

std::string without_passwords(std::string_view text) {
    std::string result;
    std::size_t copied = 0;
    for (auto const& one : passwords_in(text)) {
        result.append(text.substr(copied, one.begin - copied)).append("***");
        copied = one.end;
    }
    return result.append(text.substr(copied));
}

std::vector<std::string> take_arguments(int count, char** arguments) {
    std::vector<std::string> const taken{arguments + std::min(count, 1), arguments + count};
    for (int i = 1; i < count; ++i)
        for (auto const& one : passwords_in(std::string{arguments[i]}))
            std::fill(arguments[i] + one.begin, arguments[i] + one.end, '*');
    return taken;
}

} // namespace txq
