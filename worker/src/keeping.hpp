#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include <txq/detail/clock_comparison.hpp>
#include <txq/detail/session.hpp>
#include <txq/worker.hpp>

namespace txq {

/// Forgets what has been kept for long enough: records of processed jobs, jobs that ended without success, the errors
/// of attempts, and what is known of keys and of the enqueues that other jobs stand for. A bounded part of it at a
/// time. Nothing that goes by its age where the server's clock and this host's do not agree.
class keeping {
  public:
    explicit keeping(clock_comparison::clock own = std::chrono::system_clock::now) : clocks_{std::move(own)} {}

    /// One step. Returns whether the next one should follow at once rather than in some minutes.
    bool step(session& database, worker_options const& given);

  private:
    struct place {
        std::string job;
        std::int64_t fence;
    };

    struct key_place {
        std::string kind;
        std::string key;
    };

    bool clocks_agree(session& database);
    static bool keep_records(session& database, worker_options const& options);
    static bool keep_ended_jobs(session& database, worker_options const& options);
    bool keep_failed_attempts(session& database, worker_options const& options);
    static bool keep_unique_outcomes(session& database, worker_options const& options);
    bool keep_unique_keys(session& database);
    static bool keep_limit_keys(session& database);

    clock_comparison clocks_;
    std::optional<place> looked_to_;         // in txq.failed_attempts; not set: begin at its first row
    std::optional<key_place> looked_to_key_; // the same in txq.unique_keys
};

} // namespace txq
