#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace txq {

/// A 128-bit id. Value-initialised: all zero, which no job has.
class uuid {
  public:
    constexpr uuid() = default;
    constexpr explicit uuid(std::array<std::uint8_t, 16> const& bytes) : bytes_{bytes} {}

    /// A new id in time order (RFC 9562, version 7): milliseconds, then a counter within the process, then random bits.
    /// Any thread may call; ids of one process rise strictly. Throws std::system_error if the system has no randomness.
    static uuid v7();

    /// As many of them in rising order, with randomness for all in one system call.
    static std::vector<uuid> v7(std::size_t count);

    /// From 8-4-4-4-12 hexadecimal digits of either case; nothing else is an id.
    static std::optional<uuid> parse(std::string_view text) noexcept;

    /// 36 characters, lower case.
    std::string str() const;

    constexpr std::array<std::uint8_t, 16> const& bytes() const noexcept { return bytes_; }

    friend constexpr auto operator<=>(uuid const&, uuid const&) = default;

  private:
    static uuid next(std::uint64_t random);

    std::array<std::uint8_t, 16> bytes_{};
};

} // namespace txq
