#pragma once

// What a job may have. The function txq.enqueue (migrations/outbox) has the same limits.

#include <chrono>
#include <cstddef>

namespace txq::limits {

inline constexpr std::size_t name_bytes = 128; // kind, queue, tenant, order_key
inline constexpr std::size_t operation_id_bytes = 512;
inline constexpr std::size_t unique_key_bytes = 512;
inline constexpr std::size_t unique_fields = 16;
inline constexpr std::size_t headers_bytes = std::size_t{16} * 1024;

/// What payload_limit may be raised to: PostgreSQL fails to build a jsonb of some more than this from very many very
/// small elements.
inline constexpr std::size_t highest_payload_limit = std::size_t{32} * 1024 * 1024;

/// The payloads of one enqueue_many, which travel in one message of at most 1 GiB.
inline constexpr std::size_t together_bytes = std::size_t{64} * 1024 * 1024;

/// PostgreSQL's own limit depends on max_stack_depth; at the least that can be set there (100 kB) this many levels fit.
inline constexpr std::size_t json_depth = 512;

inline constexpr int least_urgent_priority = 3;
inline constexpr int max_attempts = 1000;

/// So that every run_at there can be is one that C++ and PostgreSQL can calculate with.
inline constexpr std::chrono::milliseconds delay = std::chrono::days{36'500};
inline constexpr std::chrono::sys_days first_run_at = std::chrono::year{1970} / 1 / 1;
inline constexpr std::chrono::sys_days end_of_run_at = std::chrono::year{2200} / 1 / 1;

} // namespace txq::limits
