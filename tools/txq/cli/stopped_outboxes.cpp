#include <txq/cli/stopped_outboxes.hpp>

#include <txq/cli/output.hpp>
#include <txq/cli/time.hpp>

namespace txq::cli {

namespace {

nlohmann::json time_or_null(std::string const& time) {
    return time.empty() ? nlohmann::json{} : nlohmann::json(iso_time(time));
}

} // namespace

std::vector<stopped_outbox> read_stopped(session& database, std::string const& source, std::string const& copy) {
    std::vector<stopped_outbox> all;
    auto const with = pq::params{pq::unless_empty(source), pq::unless_empty(copy)};
    for (auto const& row : database.run(sql::stopped_outboxes, with)) {
        all.push_back({.source = text(row, "source"),
                       .database = text(row, "database"),
                       .why = text(row, "why"),
                       .batch = number(row, "batch"),
                       .kept_batch = number(row, "kept_batch"),
                       .timeline = number(row, "timeline"),
                       .first_batch = number(row, "first_batch"),
                       .jobs = number(row, "jobs"),
                       .moved_from = text(row, "moved_from"),
                       .moved_until = text(row, "moved_until"),
                       .from_at = text(row, "from_at"),
                       .relay = text(row, "relay"),
                       .stopped_at = text(row, "stopped_at"),
                       .stopped = number(row, "stopped_ms"),
                       .resumed_at = text(row, "resumed_at")});
    }
    return all;
}

std::string reason_of(stopped_outbox const& one) {
    if (one.why == "outdated")
        return "its server went back in time or was replaced, and the queue has jobs of a successor";
    if (one.why == "queue_lost_jobs")
        return "the queue went back in time, and lacks batches whose jobs the outbox does not have any more";
    return "its database went back in time, and lacks commits whose jobs were moved and may have run";
}

std::string batches_of(stopped_outbox const& one) {
    if (one.first_batch == 0) return {};
    return (one.first_batch == one.batch ? std::to_string(one.batch)
                                         : std::to_string(one.first_batch) + " to " + std::to_string(one.batch)) +
           " (" + jobs(one.jobs) + ')';
}

nlohmann::json json_of(stopped_outbox const& one) {
    return {{"source", one.source},
            {"database", one.database},
            {"why", one.why},
            {"batch", one.batch},
            {"kept_batch", one.kept_batch},
            {"timeline", one.timeline},
            {"first_batch", one.first_batch == 0 ? nlohmann::json{} : nlohmann::json(one.first_batch)},
            {"jobs", one.first_batch == 0 ? nlohmann::json{} : nlohmann::json(one.jobs)},
            {"moved_from", time_or_null(one.moved_from)},
            {"moved_until", time_or_null(one.moved_until)},
            {"relay", one.relay},
            {"stopped_at", time_or_null(one.stopped_at)},
            {"stopped_ms", one.stopped},
            {"resumed_at", time_or_null(one.resumed_at)}};
}

} // namespace txq::cli
