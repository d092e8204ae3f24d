#include <txq/detail/secrets.hpp>

#include <algorithm>
#include <cctype>
#include <charconv>

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

/// The end of a value that begins here, in quotes or without. Without, it may hold any character but blanks, so that a
/// quote goes as well which a message has put behind it.
std::size_t end_of_value(std::string_view text, std::size_t begin, bool of_url) {
    auto const quoted = begin < text.size() && text[begin] == '\'';
    std::string_view const ends = quoted ? "'" : of_url ? " \t\n&" : " \t\n";
    for (auto at = begin + quoted; at < text.size(); ++at) {
        if (text[at] == '\\')
            ++at;
        else if (ends.find(text[at]) != ends.npos)
            return at;
    }
    return text.size();
}

struct key {
    std::string name;
    bool of_url; ///< one of its parameters
};

/// The word that ends here, where a URL may have escaped letters of it (`pass%77ord`).
key key_before(std::string_view text, std::size_t end) {
    while (end > 0 && text[end - 1] == ' ') --end;
    auto begin = end;
    while (begin > 0 && (std::isalnum(static_cast<unsigned char>(text[begin - 1])) || text[begin - 1] == '%')) --begin;
    key result{.name = {}, .of_url = begin > 0 && (text[begin - 1] == '?' || text[begin - 1] == '&')};
    for (auto at = begin; at < end; ++at) {
        unsigned char letter = 0;
        auto const* const digits = text.data() + at + 1;
        if (text[at] == '%' && end - at > 2 && std::from_chars(digits, digits + 2, letter, 16).ptr == digits + 2) {
            result.name += static_cast<char>(letter);
            at += 2;
        } else
            result.name += text[at];
    }
    return result;
}

/// `password = 'value'`, also as a URL's parameter.
void add_those_of_key_words(std::string_view text, std::vector<range>& found) {
    for (auto equals = text.find('='); equals != text.npos; equals = text.find('=', equals + 1)) {
        auto const [name, of_url] = key_before(text, equals);
        if (!name.ends_with("password")) continue;
        auto const begin = std::min(text.find_first_not_of(' ', equals + 1), text.size());
        found.push_back({begin, end_of_value(text, begin, of_url)});
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
