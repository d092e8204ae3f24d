#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <txq/detail/session.hpp>

namespace txq::cli {

/// An outbox from which relays move nothing until a person says so. Times are as the database writes them.
struct stopped_outbox {
    std::string source{};
    std::string database{};
    std::string why{};            ///< lost_commits, outdated, queue_lost_jobs
    std::int64_t batch = 0;       ///< the last one that the queue has
    std::int64_t kept_batch = 0;  ///< the last one that the outbox's database knows of
    std::int64_t timeline = 0;    ///< of its server
    std::int64_t first_batch = 0; ///< of those in question that are remembered; 0: none
    std::int64_t jobs = 0;        ///< that were moved with them
    std::string moved_from{};     ///< empty: none
    std::string moved_until{};
    std::string from_at{}; ///< when the batch before them was moved
    std::string relay{};
    std::string stopped_at{};
    std::int64_t stopped = 0; ///< milliseconds ago
    std::string resumed_at{}; ///< empty: not yet
};

/// Of one outbox, or of one of its copies; empty: all of them.
std::vector<stopped_outbox> read_stopped(session& database, std::string const& source = {},
                                         std::string const& copy = {});

/// What has happened, as the beginning of a sentence or as one: "its database went back in time and lacks ...".
std::string reason_of(stopped_outbox const& one);
/// "41 to 45 (12 jobs)", or empty.
std::string batches_of(stopped_outbox const& one);

nlohmann::json json_of(stopped_outbox const& one);

} // namespace txq::cli
