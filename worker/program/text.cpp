#include "text.hpp"

#include <nlohmann/json.hpp>

namespace txq::program {

namespace {

bool is_continuation(char one) { return (static_cast<unsigned char>(one) & 0xC0) == 0x80; }

bool is_control(char one) {
    auto const byte = static_cast<unsigned char>(one);
    return byte == 0x7F || (byte < 0x20 && one != '\n' && one != '\t');
}

/// With U+FFFD for what is not UTF-8, which the writer of JSON knows how to do.
std::string as_utf8(std::string_view bytes) {
    auto const written = nlohmann::json(bytes).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return nlohmann::json::parse(written).get<std::string>();
}

} // namespace

void append_utf8(std::string& to, char32_t code) {
    auto const add = [&to](char32_t byte) { to += static_cast<char>(static_cast<unsigned char>(byte)); };
    auto const continuation = [&](int shift) { add(0x80 | (code >> shift & 0x3F)); };
    if (code < 0x80) return add(code);
    if (code < 0x800) return add(0xC0 | code >> 6), continuation(0);
    if (code < 0x10000) return add(0xE0 | code >> 12), continuation(6), continuation(0);
    add(0xF0 | code >> 18), continuation(12), continuation(6), continuation(0);
}

bool is_text(std::string_view bytes) { return bytes.find('\0') == bytes.npos && as_utf8(bytes) == bytes; }

std::string clean_text(std::string_view bytes) {
    std::string cleaned;
    for (auto const one : as_utf8(bytes)) {
        if (is_control(one))
            cleaned += one == '\r' ? "" : "\xEF\xBF\xBD";
        else
            cleaned += one;
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
