#include <txq/detail/utf8.hpp>

#include <algorithm>

namespace txq {

namespace {

constexpr utf8_character malformed{0, 0};

/// How a sequence goes on after its first byte, and the least code that needs one so long.
struct sequence {
    std::size_t bytes;
    char32_t first_bits;
    char32_t least_code;
};

constexpr sequence sequence_of(unsigned char first) noexcept {
    if (first < 0x80) return {1, first, 0};
    if (first < 0xc0) return {0, 0, 0};
    if (first < 0xe0) return {2, first & 0x1fu, 0x80};
    if (first < 0xf0) return {3, first & 0x0fu, 0x800};
    if (first < 0xf8) return {4, first & 0x07u, 0x10000};
    return {0, 0, 0};
}

} // namespace

utf8_character utf8_at(std::string_view text, std::size_t at) noexcept {
    auto const [bytes, first_bits, least_code] = sequence_of(static_cast<unsigned char>(text[at]));
    if (bytes == 0 || text.size() - at < bytes) return malformed;
    auto code = first_bits;
    for (std::size_t i = 1; i < bytes; ++i) {
        auto const next = static_cast<unsigned char>(text[at + i]);
        if ((next & 0xc0) != 0x80) return malformed;
        code = code << 6 | (next & 0x3fu);
    }
    bool const surrogate = code >= 0xd800 && code <= 0xdfff;
    if (code < least_code || code > 0x10ffff || surrogate) return malformed;
    return {code, bytes};
}

bool is_storable_text(std::string_view text) noexcept {
    for (std::size_t at = 0; at < text.size();) {
        auto const [code, bytes] = utf8_at(text, at);
        if (bytes == 0 || code == 0) return false;
        at += bytes;
    }
    return true;
}

bool is_ascii(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

} // namespace txq
