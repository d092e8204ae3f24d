#pragma once

// What decides whether something can be enqueued. No I/O: nothing has been sent when these throw.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <txq/enqueue.hpp>

#include "json_scanner.hpp"

namespace txq {

/// What the jobs of one enqueue have in common, checked, in the form that the statements take.
struct common_fields {
    std::string_view kind;
    std::string_view queue;
    int priority;
    int max_attempts;
    std::optional<std::string> run_at;  ///< UTC, in ISO 8601, which no DateStyle or TimeZone changes
    std::optional<std::int64_t> delay;  ///< milliseconds
    std::optional<std::string> headers; ///< a JSON object in ASCII
    std::optional<std::string> rules;   ///< the same
};

// Each throws txq::error that names the field and its limit.

/// All but the operation_id. The result refers to `kind` and `options`.
common_fields check_common(std::string_view kind, enqueue_options const& options, std::string_view traceparent);
/// Text of so many bytes at most.
void check_text(errc code, std::string const& field, std::string_view value, std::size_t limit);
/// A name of 1 to 128 bytes.
void check_name(errc code, char const* field, std::string_view value);
/// In UTC and ISO 8601.
std::string checked_time(std::chrono::system_clock::time_point run_at);
void check_operation_id(std::string_view operation_id);
json_shape check_payload(std::string_view payload, std::size_t limit);
/// For enqueue_many, before each of them is checked.
void check_together(std::span<new_job const> jobs);

/// Runs a check and adds to its complaint what was to be enqueued.
template <typename Check>
auto naming_kind(char const* what, std::string_view kind, Check check) try {
    return check();
} catch (error const& refused) {
    auto const of_kind = refused.code() == errc::bad_kind ? "" : " of " + std::string{kind}; // a bad one is not shown
    throw error{refused.code(), what + of_kind + ": " + refused.what()};
}

} // namespace txq
