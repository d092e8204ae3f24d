#include <txq/uuid.hpp>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <mutex>
#include <system_error>

#include <sys/random.h>

namespace txq {

namespace {

void fill_random(void* where, std::size_t size) {
    auto* at = static_cast<std::uint8_t*>(where);
    while (size > 0) {
        auto const got = getrandom(at, size, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw std::system_error{errno, std::generic_category(), "getrandom"};
        at += got;
        size -= static_cast<std::size_t>(got);
    }
}

std::uint64_t milliseconds_now() {
    using namespace std::chrono;
    return static_cast<std::uint64_t>(duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count());
}

/// 48 bits of milliseconds and 12 bits of counter as one number that never stands still: RFC 9562, section 6.2,
/// method 1. When the clock steps back or a millisecond's counter is used up, it runs ahead of the clock for a while.
std::uint64_t next_tick() {
    static std::mutex mutex;
    static std::uint64_t last = 0;
    std::lock_guard const lock{mutex};
    auto const now = milliseconds_now() << 12;
    last = now > last ? now : last + 1;
    return last;
}

int digit(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

constexpr bool hyphen_at(std::size_t position) noexcept {
    return position == 8 || position == 13 || position == 18 || position == 23;
}

} // namespace

uuid uuid::next(std::uint64_t random) {
    std::array<std::uint8_t, 16> bytes;
    auto const tick = next_tick();
    std::memcpy(bytes.data() + 8, &random, 8);
    for (std::size_t i = 0; i < 6; ++i) bytes[i] = static_cast<std::uint8_t>(tick >> (52 - 8 * i));
    bytes[6] = static_cast<std::uint8_t>(0x70 | ((tick >> 8) & 0x0f));
    bytes[7] = static_cast<std::uint8_t>(tick);
    bytes[8] = static_cast<std::uint8_t>(0x80 | (bytes[8] & 0x3f));
    return uuid{bytes};
}

uuid uuid::v7() {
    std::uint64_t random = 0;
    fill_random(&random, sizeof random);
    return next(random);
}

std::vector<uuid> uuid::v7(std::size_t count) {
    std::vector<std::uint64_t> random(count);
    fill_random(random.data(), count * sizeof random[0]);
    std::vector<uuid> made;
    made.reserve(count);
    for (auto const bits : random) made.push_back(next(bits));
    return made;
}

std::optional<uuid> uuid::parse(std::string_view text) noexcept {
    if (text.size() != 36) return std::nullopt;
    std::array<std::uint8_t, 16> bytes{};
    std::size_t digits = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (hyphen_at(i)) {
            if (text[i] != '-') return std::nullopt;
            continue;
        }
        auto const value = digit(text[i]);
        if (value < 0) return std::nullopt;
        bytes[digits / 2] = static_cast<std::uint8_t>(bytes[digits / 2] << 4 | value);
        ++digits;
    }
    return uuid{bytes};
}

std::string uuid::str() const {
    static constexpr char hex[] = "0123456789abcdef";
    std::string text(36, '-');
    std::size_t at = 0;
    for (auto const byte : bytes_) {
        if (hyphen_at(at)) ++at;
        text[at++] = hex[byte >> 4];
        text[at++] = hex[byte & 15];
    }
    return text;
}

} // namespace txq
