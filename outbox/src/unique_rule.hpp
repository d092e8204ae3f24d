#pragma once

// What decides whether a rule that makes jobs one can be meant. No I/O.

#include <optional>
#include <string_view>

#include <nlohmann/json.hpp>

#include <txq/unique.hpp>

namespace txq {

/// The rule as it travels in the outbox. Throws error (bad_unique).
nlohmann::json checked_unique(unique const& rule);

/// Throws error (bad_unique) if the payload, which is fit for jsonb, lacks a field that the rule names.
void check_unique_fields(std::optional<unique> const& rule, std::string_view payload);

} // namespace txq
