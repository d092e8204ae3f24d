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
    : std::runtime_error{text(known, "why") == "outdated" ? outdated : lost_commits},
      of_{std::move(of)},
      outdated_{text(known, "why") == "outdated"},
      timeline_{text(known, "timeline")},
      batches_{lacking(known)},
      jobs_{known["first_batch"].is_null() ? "not known" : text(known, "jobs")},
      moved_from_{text(known, "moved_from")},
      moved_until_{text(known, "moved_until")},
      since_{text(known, "stopped_at")} {}

void stopped::log() const {
    if (outdated_)
        log_outdated();
    else
        log_lost_commits();
}

void stopped::log_going_on() const {
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
