#include "stopped.hpp"

#include <txq/log.hpp>

namespace txq::relay {

namespace {

constexpr char lost_commits[] =
    "nothing is moved from this outbox until somebody says so: its database went back in time and lacks commits whose "
    "jobs were moved and may have run";
constexpr char outdated[] =
    "nothing is moved from this outbox until somebody says so: its server is an old one, and the queue has jobs of a "
    "successor; point --source to that one, or go on with the old one";
constexpr char queue_lost_jobs[] =
    "nothing is moved from this outbox until somebody says so: the queue went back in time and lacks batches whose "
    "jobs the outbox does not have any more; they will not be run";

constexpr char const* sentence(stop_reason why) {
    switch (why) {
    case stop_reason::lost_commits: return lost_commits;
    case stop_reason::outdated: return outdated;
    case stop_reason::queue_lost_jobs: return queue_lost_jobs;
    }
    return "";
}

std::string text(pqxx::row const& row, char const* column) { return row[column].is_null() ? "" : row[column].c_str(); }

/// What is not known of batches that nobody remembers is not made up.
std::string lacking(pqxx::row const& known) {
    if (known["first_batch"].is_null()) return "not known, its transaction ids went back";
    auto const [first, last] = std::pair{text(known, "first_batch"), text(known, "batch")};
    return first == last ? first : first + " to " + last;
}

std::string command(outbox_key const& of) { return "txq outboxes resume " + of.id; }

} // namespace

stopped::stopped(outbox_key of, pqxx::row const& known)
    : std::runtime_error{sentence(parse_stop_reason(text(known, "why")))},
      of_{std::move(of)},
      why_{parse_stop_reason(text(known, "why"))},
      timeline_{text(known, "timeline")},
      queue_has_{text(known, "batch")},
      outbox_gave_{text(known, "kept_batch")},
      batches_{lacking(known)},
      jobs_{known["first_batch"].is_null() ? "not known" : text(known, "jobs")},
      moved_from_{text(known, "moved_from")},
      moved_until_{text(known, "moved_until")},
      since_{text(known, "stopped_at")} {}

void stopped::log() const {
    switch (why_) {
    case stop_reason::lost_commits: return log_lost_commits();
    case stop_reason::outdated: return log_outdated();
    case stop_reason::queue_lost_jobs: return log_queue_lost_jobs();
    }
}

void stopped::log_going_on() const {
    if (why_ == stop_reason::queue_lost_jobs)
        return log::error(
            "the queue went back in time and lacks batches whose jobs the outbox does not have any more: "
            "going on with what it has, as the relay was told to",
            {{"source", of_.id}, {"database", of_.database}, {"queue_has", queue_has_}, {"outbox_gave", outbox_gave_}});
    log::warning("the outbox's database went back in time and lacks commits whose jobs were moved and may have run: "
                 "going on, as the relay was told to",
                 {{"source", of_.id},
                  {"database", of_.database},
                  {"batches", batches_},
                  {"jobs", jobs_},
                  {"moved_from", moved_from_},
                  {"moved_until", moved_until_}});
}

void stopped::log_outdated() const {
    log::error(what(), {{"source", of_.id},
                        {"database", of_.database},
                        {"timeline", timeline_},
                        {"since", since_},
                        {"to_go_on", command(of_)},
                        {"see", "docs/relay.md, Back to an old server"}});
}

void stopped::log_queue_lost_jobs() const {
    log::error(what(), {{"source", of_.id},
                        {"database", of_.database},
                        {"queue_has", queue_has_},
                        {"outbox_gave", outbox_gave_},
                        {"since", since_},
                        {"to_go_on", command(of_)},
                        {"see", "docs/relay.md, When the queue loses jobs"}});
}

void stopped::log_lost_commits() const {
    log::error(what(), {{"source", of_.id},
                        {"database", of_.database},
                        {"batches", batches_},
                        {"jobs", jobs_},
                        {"moved_from", moved_from_},
                        {"moved_until", moved_until_},
                        {"since", since_},
                        {"to_go_on", command(of_)},
                        {"see", "docs/relay.md, When commits are lost"}});
}

} // namespace txq::relay
