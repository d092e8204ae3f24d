#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace txq {

/// The parts of a JSON number: -12.50e+3 has integer 12, fraction 50 and exponent +3.
struct json_number {
    bool negative = false;
    std::string_view integer{};
    std::string_view fraction{};
    std::string_view exponent{};
};

/// How many characters the number has as jsonb writes it: all digits, no exponent. Nothing if PostgreSQL's numeric,
/// and so jsonb, cannot hold it: more than 131,072 digits before the point or 16,383 behind it.
std::optional<std::size_t> jsonb_length(json_number const& number) noexcept;

} // namespace txq
