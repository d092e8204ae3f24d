#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

#include <txq/uuid.hpp>

namespace txq {

/// A job as its handler sees it.
struct raw_job {
    uuid id;
    /// The same for every attempt and every delivery of the operation: the key to give to services outside of the
    /// database, so that they too do it once.
    uuid operation_id;
    std::string queue;
    std::string kind;
    int priority = 0;
    /// 1 for the first attempt. Snoozed and released attempts do not count.
    int attempt = 0;
    int max_attempts = 0;
    /// Rises with each claim of this job, and never falls.
    std::int64_t fence = 0;
    /// How often a worker has died that had claimed this job.
    int crashes = 0;
    /// By the clocks of the producer's database and the queue's database.
    std::chrono::system_clock::time_point enqueued_at;
    std::chrono::system_clock::time_point run_at;
    std::chrono::system_clock::time_point claimed_at;
    /// JSON.
    std::string payload;
    std::map<std::string, std::string> headers;
    /// Empty: nobody's in particular.
    std::string tenant;
    /// Empty: it is in no order.
    std::string order_key;
};

/// The same with the payload read into a struct.
template <typename Args>
struct job : raw_job {
    Args args;
};

} // namespace txq
