#pragma once

#include <cstddef>
#include <string_view>

namespace txq {

/// A character and how many bytes it takes; zero bytes where the text is not UTF-8.
struct utf8_character {
    char32_t code;
    std::size_t bytes;
};

/// The character that begins at `at`, which is within the text. Exactly what PostgreSQL takes as UTF-8: no overlong
/// forms, no surrogates, nothing beyond U+10FFFF.
utf8_character utf8_at(std::string_view text, std::size_t at) noexcept;

/// Whether PostgreSQL's text can hold it: UTF-8 without NUL.
bool is_storable_text(std::string_view text) noexcept;

bool is_ascii(std::string_view text) noexcept;

} // namespace txq
