#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <txq/schedules.hpp>

namespace txq {

/// A schedule as a program or a file says it.
struct schedule_definition {
    std::string name;
    std::string times;
    /// Empty if there is a command.
    std::string kind;
    /// JSON.
    std::string payload = "{}";
    /// A statement of SQL instead of a kind and a payload.
    std::string command{};
    schedule_options options{};
};

/// Schedules that belong together: when they are put into the database, those that it has of a set of this name and
/// that are not among them are removed.
struct schedule_set {
    /// 1 to 128 bytes; the same for all processes that have the same schedules, and for no others.
    std::string name;
    std::vector<schedule_definition> schedules{};
};

/// Throws error, with the code that add_schedule would have, unless it can be meant.
void check(schedule_definition const& one);
/// The same for all of them and the set's name; the message names the schedule.
void check(schedule_set const& set);

struct scheduler_options {
    /// The queue's, as in worker_options.
    std::string database;

    /// Put into the database once, when it is reached. With an empty name: none.
    schedule_set set{};

    /// How often to look for schedules that were added, changed or resumed. At least 10 ms.
    std::chrono::milliseconds look = std::chrono::seconds{1};

    /// How long runs are remembered in txq.schedule_runs, at least an hour. A schedule's last one stays, whatever its
    /// age.
    std::chrono::milliseconds retention = std::chrono::hours{24 * 7};

    /// As in worker_options.
    bool pooled = false;
};

/// Starts the runs of all schedules in a database when their times have come, on a thread and a connection of its own.
/// Any number of processes may do so: each run is started once. Survives every loss of its connection, and waits for a
/// schema that has no schedules yet.
class scheduler {
  public:
    /// Begins. Throws error (bad_configuration, bad_schedule, no_database, or as add_schedule).
    explicit scheduler(scheduler_options options);
    /// Ends when what is under way has ended.
    ~scheduler();
    scheduler(scheduler const&) = delete;
    scheduler& operator=(scheduler const&) = delete;

  private:
    struct implementation;
    std::unique_ptr<implementation> implementation_;
};

} // namespace txq
