#include <txq/cli/literals.hpp>

#include <cctype>
#include <sstream>

namespace txq::cli {

namespace {

std::string literal(std::optional<std::string> const& value) {
    if (!value) return "null";
    std::string text = "'";
    for (char const c : *value) text.append(c == '\'' ? 2 : 1, c);
    return text + "'";
}

std::string without_comment(std::string const& text) {
    std::istringstream lines{text};
    std::string result;
    for (std::string line; std::getline(lines, line);)
        if (!line.starts_with("--")) result += line + '\n';
    return result;
}

} // namespace

std::string with_literals(statement const& what, pq::params const& with) {
    auto const text = without_comment(what.text);
    std::string result;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '$' || at + 1 == text.size() || !std::isdigit(static_cast<unsigned char>(text[at + 1]))) {
            result += text[at];
            continue;
        }
        std::size_t digits = 0;
        auto const number = std::stoul(text.substr(at + 1), &digits);
        result += literal(with.values().at(number - 1));
        at += digits;
    }
    return result;
}

} // namespace txq::cli
