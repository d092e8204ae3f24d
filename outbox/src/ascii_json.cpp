#include "ascii_json.hpp"

#include <txq/detail/utf8.hpp>

namespace txq {

namespace {

void append_escape(std::string& text, char32_t unit) {
    static constexpr char hex[] = "0123456789abcdef";
    text += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) text += hex[unit >> shift & 15];
}

void append_escaped(std::string& text, char32_t code) {
    if (code < 0x10000) return append_escape(text, code);
    append_escape(text, 0xd800 + ((code - 0x10000) >> 10));
    append_escape(text, 0xdc00 + ((code - 0x10000) & 0x3ff));
}

} // namespace

std::string ascii_json(std::string_view json) {
    std::string text;
    text.reserve(json.size() * 2);
    for (std::size_t at = 0; at < json.size();) {
        auto const [code, bytes] = utf8_at(json, at);
        if (bytes == 1)
            text += json[at];
        else
            append_escaped(text, code);
        at += bytes;
    }
    return text;
}

} // namespace txq
