#include "toml.hpp"

#include <algorithm>
#include <charconv>

#include <txq/detail/utf8.hpp>
#include <txq/error.hpp>

#include "text.hpp"

namespace txq::program {

namespace {

bool is_blank(char one) { return one == ' ' || one == '\t'; }
bool is_digit(char one) { return one >= '0' && one <= '9'; }
bool is_bare(char one) {
    return (one >= 'a' && one <= 'z') || (one >= 'A' && one <= 'Z') || is_digit(one) || one == '_' || one == '-';
}

/// Walks over the text once; each function takes what it is named after and stops behind it.
class reader {
  public:
    explicit reader(std::string_view text) : text_{text} {}

    std::vector<toml_section> document();

  private:
    [[noreturn]] void fail(std::string const& why) const { fail_at(line_, why); }
    [[noreturn]] void fail_at(int line, std::string const& why) const {
        throw error{errc::bad_configuration, "line " + std::to_string(line) + ": " + why};
    }

    bool ended() const { return at_ == text_.size(); }
    char peek() const { return ended() ? '\0' : text_[at_]; }
    bool begins(std::string_view what) const { return text_.substr(at_).starts_with(what); }
    char take();
    bool take_if(std::string_view what);

    void blanks();
    void comment();
    void blanks_comments_and_lines();
    void end_of_line();

    toml_section header();
    std::string key();
    toml_value value();
    std::string string();
    std::string literal(std::string_view quote);
    std::string basic(std::string_view quote);
    void escape(std::string& into, bool may_continue_line);
    char32_t code_point(int digits);
    std::vector<std::string> array();
    std::int64_t number();

    std::string_view text_;
    std::size_t at_ = 0;
    int line_ = 1;
};

char reader::take() {
    if (ended()) fail("the file ends in the middle of something");
    auto const one = text_[at_++];
    if (one == '\n') ++line_;
    return one;
}

bool reader::take_if(std::string_view what) {
    if (!begins(what)) return false;
    for (std::size_t i = 0; i != what.size(); ++i) take();
    return true;
}

void reader::blanks() {
    while (is_blank(peek())) take();
}

void reader::comment() {
    if (peek() != '#') return;
    while (!ended() && peek() != '\n') take();
}

void reader::blanks_comments_and_lines() {
    for (;;) {
        blanks();
        comment();
        if (!take_if("\n") && !take_if("\r\n")) return;
    }
}

void reader::end_of_line() {
    blanks();
    comment();
    if (ended() || take_if("\n") || take_if("\r\n")) return;
    fail("there is something behind the value; strings need quotes, and each key a line of its own");
}

std::vector<toml_section> reader::document() {
    std::vector<toml_section> sections(1);
    for (blanks_comments_and_lines(); !ended(); blanks_comments_and_lines()) {
        if (peek() == '[') {
            auto const started = line_;
            auto next = header();
            auto const before = std::ranges::find(sections, next.path, &toml_section::path);
            if (before != sections.end())
                fail_at(started, "this section is in the file already, on line " + std::to_string(before->line));
            sections.push_back(std::move(next));
        } else {
            auto const started = line_;
            auto name = key();
            blanks();
            if (peek() == '.') fail("a key with dots is not supported: write a [section] and the key below it");
            if (!take_if("=")) fail("there is no '=' behind '" + name + "'");
            blanks();
            auto const [before, is_new] = sections.back().values.emplace(name, value());
            if (!is_new)
                fail_at(started, "'" + name + "' is set already, on line " + std::to_string(before->second.line));
        }
        end_of_line();
    }
    return sections;
}

toml_section reader::header() {
    toml_section section{{}, line_, {}};
    take();
    if (peek() == '[') fail("[[double brackets]] are not supported: give each section a name, as in [group.mail]");
    do {
        blanks();
        section.path.push_back(key());
        blanks();
    } while (take_if("."));
    if (!take_if("]")) fail("the header of a section does not end with ']'");
    return section;
}

std::string reader::key() {
    if (peek() == '"') return basic("\"");
    if (peek() == '\'') return literal("'");
    std::string name;
    while (is_bare(peek())) name += take();
    if (name.empty()) fail("a line is a [section], a key = value, or a # comment");
    return name;
}

toml_value reader::value() {
    auto const started = line_;
    if (peek() == '"' || peek() == '\'') return {string(), started};
    if (peek() == '[') return {array(), started};
    if (take_if("true")) return {true, started};
    if (take_if("false")) return {false, started};
    if (is_digit(peek()) || peek() == '-' || peek() == '+') return {number(), started};
    fail("a value is a \"string\", a whole number, true, false or an array of strings; strings need quotes");
}

std::string reader::string() {
    if (begins("\"\"\"")) return basic("\"\"\"");
    if (begins("'''")) return literal("'''");
    return peek() == '"' ? basic("\"") : literal("'");
}

std::string reader::literal(std::string_view quote) {
    auto const started = line_;
    auto const one_line = quote.size() == 1;
    std::string content;
    take_if(quote);
    if (!one_line && !take_if("\n")) take_if("\r\n");
    while (!take_if(quote)) {
        if (ended() || (one_line && peek() == '\n')) fail_at(started, "a string has no end; the quote is missing");
        content += take();
    }
    return content;
}

std::string reader::basic(std::string_view quote) {
    auto const started = line_;
    auto const one_line = quote.size() == 1;
    std::string content;
    take_if(quote);
    if (!one_line && !take_if("\n")) take_if("\r\n");
    while (!take_if(quote)) {
        if (ended() || (one_line && peek() == '\n')) fail_at(started, "a string has no end; the quote is missing");
        if (take_if("\\"))
            escape(content, !one_line);
        else
            content += take();
    }
    return content;
}

void reader::escape(std::string& into, bool may_continue_line) {
    if (may_continue_line && (peek() == '\n' || peek() == '\r' || is_blank(peek()))) {
        while (is_blank(peek()) || peek() == '\n' || peek() == '\r') take();
        return;
    }
    constexpr std::string_view letters = "btnfr\"\\";
    constexpr std::string_view meanings = "\b\t\n\f\r\"\\";
    auto const letter = take();
    if (letter == 'u') return append_utf8(into, code_point(4));
    if (letter == 'U') return append_utf8(into, code_point(8));
    auto const known = letters.find(letter);
    if (known == letters.npos)
        fail("a backslash in a \"string\" begins one of \\b \\t \\n \\f \\r \\\" \\\\ \\u \\U; in a 'string' it is "
             "itself");
    into += meanings[known];
}

char32_t reader::code_point(int digits) {
    std::uint32_t code = 0;
    auto const digits_text = text_.substr(at_, static_cast<std::size_t>(digits));
    auto const end = digits_text.data() + digits_text.size();
    auto const [rest, problem] = std::from_chars(digits_text.data(), end, code, 16);
    auto const complete = digits_text.size() == static_cast<std::size_t>(digits) && rest == end;
    auto const surrogate = code >= 0xD800 && code <= 0xDFFF;
    if (problem != std::errc{} || !complete || code > 0x10FFFF || surrogate)
        fail("\\u takes the four, \\U the eight hexadecimal digits of a character");
    at_ += digits_text.size();
    return code;
}

std::vector<std::string> reader::array() {
    auto const started = line_;
    std::vector<std::string> elements;
    take();
    for (;;) {
        blanks_comments_and_lines();
        if (take_if("]")) return elements;
        if (ended()) fail_at(started, "an array has no end; the ']' is missing");
        if (peek() != '"' && peek() != '\'') fail("an array has strings in quotes, with commas between them");
        elements.push_back(string());
        blanks_comments_and_lines();
        if (!take_if(",") && peek() != ']') fail("between the strings of an array there is a comma, at its end a ']'");
    }
}

std::int64_t reader::number() {
    std::string digits;
    if (!take_if("+") && take_if("-")) digits = "-";
    while (is_digit(peek()) || peek() == '_') {
        if (auto const one = take(); one != '_') digits += one;
    }
    std::int64_t result = 0;
    auto const [rest, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), result);
    auto const ends_here = ended() || is_blank(peek()) || peek() == '\n' || peek() == '\r' || peek() == '#';
    if (problem != std::errc{} || rest != digits.data() + digits.size() || !ends_here)
        fail("this is not a whole number; durations are strings, such as \"30s\"");
    return result;
}

} // namespace

std::vector<toml_section> parse_toml(std::string_view text) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (!is_storable_text(text)) throw error{errc::bad_configuration, "the file is not text in UTF-8"};
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    return reader{text}.document();
}

} // namespace txq::program
