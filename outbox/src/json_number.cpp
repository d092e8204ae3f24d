#include "json_number.hpp"

#include <algorithm>
#include <cstdint>

namespace txq {

namespace {

constexpr std::int64_t most_integer_digits = 131'072;
constexpr std::int64_t most_fraction_digits = 16'383;
constexpr std::int64_t beyond_exponents = 1'073'741'823; // numeric refuses those even for zero

/// Not beyond +-beyond_exponents, however many digits there are.
std::int64_t value_of(std::string_view exponent) noexcept {
    bool const negative = exponent.starts_with('-');
    if (negative || exponent.starts_with('+')) exponent.remove_prefix(1);
    std::int64_t value = 0;
    for (char const digit : exponent) value = std::min(value * 10 + (digit - '0'), beyond_exponents);
    return negative ? -value : value;
}

/// How many zeros come before the first other digit; nothing if there is none.
std::optional<std::int64_t> leading_zeros(json_number const& number) noexcept {
    auto zeros = number.integer.find_first_not_of('0');
    if (zeros == number.integer.npos) {
        auto const behind_point = number.fraction.find_first_not_of('0');
        if (behind_point == number.fraction.npos) return std::nullopt;
        zeros = number.integer.size() + behind_point;
    }
    return static_cast<std::int64_t>(zeros);
}

} // namespace

std::optional<std::size_t> jsonb_length(json_number const& number) noexcept {
    auto const exponent = value_of(number.exponent);
    if (exponent == beyond_exponents || exponent == -beyond_exponents) return std::nullopt;
    auto const fraction_digits =
        std::max<std::int64_t>(static_cast<std::int64_t>(number.fraction.size()) - exponent, 0);
    auto const zeros = leading_zeros(number);
    auto const integer_digits =
        zeros ? std::max<std::int64_t>(static_cast<std::int64_t>(number.integer.size()) - *zeros + exponent, 1) : 1;
    if (integer_digits > most_integer_digits || fraction_digits > most_fraction_digits) return std::nullopt;
    auto length = integer_digits;
    if (fraction_digits > 0) length += 1 + fraction_digits;
    if (number.negative && zeros) length += 1; // zero has no sign there
    return static_cast<std::size_t>(length);
}

} // namespace txq
