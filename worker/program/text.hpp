#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace txq::program {

/// `code` is a character: at most U+10FFFF, no surrogate.
void append_utf8(std::string& to, char32_t code);

/// Bytes of any origin as text that PostgreSQL and a terminal can take: what is not UTF-8, NUL, and control characters
/// other than tab and line feed are replaced by U+FFFD; carriage returns go.
std::string clean_text(std::string_view bytes);

/// The last `limit` bytes at most, beginning with a whole character.
std::string_view last_of(std::string_view utf8, std::size_t limit);

/// Keeps the end of what is written to it, however long that goes on.
class tail {
  public:
    explicit tail(std::size_t limit) : limit_{limit} {}

    void append(std::string_view bytes);
    /// The last `limit` bytes.
    std::string_view bytes() const { return std::string_view{bytes_}.substr(excess()); }
    /// Whether there was more.
    bool is_cut() const { return is_cut_ || excess() != 0; }

  private:
    std::size_t excess() const { return bytes_.size() > limit_ ? bytes_.size() - limit_ : 0; }

    std::size_t limit_;
    std::string bytes_;
    bool is_cut_ = false;
};

} // namespace txq::program
