#pragma once

#include <bitset>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

#include "limits.hpp"

namespace txq {

/// What PostgreSQL's jsonb makes of a JSON text.
struct json_shape {
    /// Of the text that jsonb writes, which is what a handler is given: with its own spaces, and numbers written out.
    /// A key that is given twice counts twice, though jsonb keeps the last.
    std::size_t bytes = 0;
    /// Whether the text as given has nothing but ASCII.
    bool ascii = true;
};

/// Why jsonb cannot hold a text, and at which byte of it that shows; the first is byte 1.
class not_jsonb : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// Reads a JSON text once, builds nothing, and uses no recursion. Strict where jsonb is: RFC 8259, UTF-8, no U+0000, no
/// lone surrogates, numbers that numeric can hold, and at most limits::json_depth levels.
class json_scanner {
  public:
    explicit json_scanner(std::string_view text) : text_{text} {}

    /// Throws not_jsonb.
    json_shape scan();

  private:
    void value();
    bool next_value();
    bool open_and_closed(bool object);
    void close() noexcept;
    void key();
    void string();
    void escape();
    char32_t escaped_character();
    char32_t four_digits();
    void literal(std::string_view word);
    void number();
    std::string_view digits(char const* problem);

    char peek() const noexcept { return at_ < text_.size() ? text_[at_] : '\0'; }
    bool took(char c) noexcept;
    char peek_token() noexcept;
    [[noreturn]] void fail(char const* problem) const;

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t depth_ = 0;
    std::bitset<limits::json_depth> is_object_; // of each level that is open
    json_shape shape_;
};

} // namespace txq
