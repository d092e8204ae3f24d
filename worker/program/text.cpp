#include "text.hpp"

#include <txq/detail/utf8.hpp>

namespace txq::program {

namespace {

bool is_continuation(char one) { return (static_cast<unsigned char>(one) & 0xC0) == 0x80; }

bool is_shown(char32_t code) { return code == '\n' || code == '\t' || (code >= 0x20 && (code < 0x7F || code > 0x9F)); }

} // namespace

void append_utf8(std::string& to, char32_t code) {
    auto const add = [&to](char32_t byte) { to += static_cast<char>(static_cast<unsigned char>(byte)); };
    auto const continuation = [&](int shift) { add(0x80 | (code >> shift & 0x3F)); };
    if (code < 0x80) return add(code);
    if (code < 0x800) return add(0xC0 | code >> 6), continuation(0);
    if (code < 0x10000) return add(0xE0 | code >> 12), continuation(6), continuation(0);
    add(0xF0 | code >> 18), continuation(12), continuation(6), continuation(0);
}

std::string clean_text(std::string_view bytes) {
    std::string cleaned;
    for (std::size_t i = 0; i < bytes.size();) {
        auto const [code, length] = utf8_at(bytes, i);
        if (length != 0 && is_shown(code))
            cleaned += bytes.substr(i, length);
        else if (code != '\r')
            cleaned += "\xEF\xBF\xBD";
        i += length == 0 ? 1 : length;
    }
    return cleaned;
}

std::string_view last_of(std::string_view utf8, std::size_t limit) {
    if (utf8.size() <= limit) return utf8;
    utf8.remove_prefix(utf8.size() - limit);
    while (!utf8.empty() && is_continuation(utf8.front())) utf8.remove_prefix(1);
    return utf8;
}

void tail::append(std::string_view bytes) {
    bytes_ += bytes;
    // dropping a part of what is there costs a copy of what stays: not for each byte that comes
    if (bytes_.size() < 4 * limit_) return;
    bytes_.erase(0, excess());
    is_cut_ = true;
}

} // namespace txq::program
