#pragma once

#include <stdexcept>
#include <string>

#include <txq/detail/pq.hpp>

#include "continuity.hpp"

namespace txq::relay {

/// Which outbox: its id, and the database that it is in, because copies of it have the same id.
struct outbox_key {
    std::string id;
    std::string database;
};

/// Nothing is moved from an outbox until a person says so. What there is to know about it is in one line of the log.
class stopped : public std::runtime_error {
  public:
    /// `known` is a row of stopped_outboxes.
    stopped(outbox_key of, pqxx::row const& known);

    outbox_key const& of() const noexcept { return of_; }

    void log() const;
    /// Where relays go on without a person: what is lost, as a warning.
    void log_going_on() const;

  private:
    void log_outdated() const;
    void log_lost_commits() const;
    void log_queue_lost_jobs() const;

    outbox_key of_;
    stop_reason why_;
    std::string timeline_;
    std::string queue_has_;   ///< the last batch that the queue has
    std::string outbox_gave_; ///< the last one that the outbox knows of
    std::string batches_;     ///< that the outbox's database lacks: "41 to 45"
    std::string jobs_;        ///< that were moved with them
    std::string moved_from_;
    std::string moved_until_;
    std::string since_;
};

} // namespace txq::relay
