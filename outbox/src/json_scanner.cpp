#include "json_scanner.hpp"

#include <txq/detail/utf8.hpp>

#include "json_number.hpp"

namespace txq {

namespace {

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

constexpr bool is_high_surrogate(char32_t code) noexcept { return code >= 0xd800 && code <= 0xdbff; }
constexpr bool is_low_surrogate(char32_t code) noexcept { return code >= 0xdc00 && code <= 0xdfff; }

constexpr bool has_short_escape(char32_t code) noexcept {
    return code == '"' || code == '\\' || code == '\b' || code == '\f' || code == '\n' || code == '\r' || code == '\t';
}

/// Bytes of a character in a string as jsonb writes it.
constexpr std::size_t jsonb_length(char32_t code) noexcept {
    if (has_short_escape(code)) return 2;
    if (code < 0x20) return 6;
    if (code < 0x80) return 1;
    if (code < 0x800) return 2;
    return code < 0x10000 ? 3 : 4;
}

} // namespace

json_shape json_scanner::scan() {
    do value();
    while (next_value());
    peek_token();
    if (at_ < text_.size()) fail("there is something after the end");
    return shape_;
}

/// Reads up to the end of the next scalar or empty container, opening those on the way that are not empty.
void json_scanner::value() {
    for (;;) {
        switch (peek_token()) {
        case '{':
            if (open_and_closed(true)) return;
            key();
            break;
        case '[':
            if (open_and_closed(false)) return;
            break;
        case '"': return string();
        case 't': return literal("true");
        case 'f': return literal("false");
        case 'n': return literal("null");
        default: return number();
        }
    }
}

/// After a value: closes what ends here, and says whether another value has to follow.
bool json_scanner::next_value() {
    while (depth_ > 0) {
        bool const object = is_object_[depth_ - 1];
        peek_token();
        if (took(',')) {
            shape_.bytes += 2;
            if (object) key();
            return true;
        }
        if (!took(object ? '}' : ']')) fail(object ? "',' or '}' is missing" : "',' or ']' is missing");
        close();
    }
    return false;
}

/// Opens a container; true if it is empty, and closed again.
bool json_scanner::open_and_closed(bool object) {
    if (depth_ == limits::json_depth) fail("it is nested deeper than 512 levels");
    ++at_;
    ++shape_.bytes;
    is_object_[depth_++] = object;
    peek_token();
    if (!took(object ? '}' : ']')) return false;
    close();
    return true;
}

void json_scanner::close() noexcept {
    --depth_;
    ++shape_.bytes;
}

void json_scanner::key() {
    if (peek_token() != '"') fail("a key, which is a string, is missing");
    string();
    peek_token();
    if (!took(':')) fail("':' is missing");
    shape_.bytes += 2;
}

void json_scanner::string() {
    ++at_;
    shape_.bytes += 2;
    while (at_ < text_.size()) {
        auto const byte = static_cast<unsigned char>(text_[at_]);
        if (byte == '"') {
            ++at_;
            return;
        }
        if (byte == '\\') {
            escape();
        } else if (byte < 0x20) {
            fail("a control character in a string must be escaped");
        } else if (byte < 0x80) {
            ++at_;
            ++shape_.bytes;
        } else {
            auto const bytes = utf8_at(text_, at_).bytes;
            if (bytes == 0) fail("it is not UTF-8");
            at_ += bytes;
            shape_.bytes += bytes;
            shape_.ascii = false;
        }
    }
    fail("a string has no end");
}

void json_scanner::escape() {
    auto const code = escaped_character();
    if (code == 0) fail("PostgreSQL cannot hold \\u0000");
    shape_.bytes += jsonb_length(code);
}

char32_t json_scanner::escaped_character() {
    ++at_;
    auto const which = peek();
    if (at_ < text_.size()) ++at_;
    switch (which) {
    case '"':
    case '\\':
    case '/': return static_cast<unsigned char>(which);
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'u': break;
    default: fail("there is no such escape");
    }
    auto const code = four_digits();
    if (is_low_surrogate(code)) fail("a low surrogate has no high one before it");
    if (!is_high_surrogate(code)) return code;
    if (!took('\\') || !took('u')) fail("a high surrogate has no low one behind it");
    auto const low = four_digits();
    if (!is_low_surrogate(low)) fail("a high surrogate has no low one behind it");
    return 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
}

char32_t json_scanner::four_digits() {
    char32_t code = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
        char const c = peek();
        if (is_digit(c))
            code = code << 4 | static_cast<char32_t>(c - '0');
        else if (c >= 'a' && c <= 'f')
            code = code << 4 | static_cast<char32_t>(c - 'a' + 10);
        else if (c >= 'A' && c <= 'F')
            code = code << 4 | static_cast<char32_t>(c - 'A' + 10);
        else
            fail("\\u must have four hexadecimal digits");
    }
    return code;
}

void json_scanner::literal(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) fail("a value is missing");
    at_ += word.size();
    shape_.bytes += word.size();
}

void json_scanner::number() {
    json_number parts;
    parts.negative = took('-');
    parts.integer = digits(parts.negative ? "a number has no digits" : "a value is missing");
    if (parts.integer.size() > 1 && parts.integer[0] == '0') fail("a number begins with a needless 0");
    if (took('.')) parts.fraction = digits("a number has no digits behind its point");
    if (took('e') || took('E')) {
        auto const begin = at_;
        if (!took('-')) took('+');
        digits("a number has no digits in its exponent");
        parts.exponent = text_.substr(begin, at_ - begin);
    }
    auto const length = jsonb_length(parts);
    if (!length) fail("PostgreSQL's numeric cannot hold this number");
    shape_.bytes += *length;
}

std::string_view json_scanner::digits(char const* problem) {
    auto const begin = at_;
    while (is_digit(peek())) ++at_;
    if (at_ == begin) fail(problem);
    return text_.substr(begin, at_ - begin);
}

bool json_scanner::took(char c) noexcept {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
}

/// The next character that is not white space; NUL at the end.
char json_scanner::peek_token() noexcept {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
        ++at_;
    return peek();
}

void json_scanner::fail(char const* problem) const {
    throw not_jsonb{std::string{problem} + ", at byte " + std::to_string(at_ + 1)};
}

} // namespace txq
