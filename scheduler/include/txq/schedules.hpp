#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pqxx/transaction_base>

#include <txq/enqueue.hpp>
#include <txq/error.hpp>
#include <txq/uuid.hpp>

namespace txq {

/// What becomes of times at which no worker was there to start a run.
enum class missed_times {
    skip, ///< nothing; but the last one still counts while it is missed by a minute at most
    once, ///< the last one is made up for
    all,  ///< the last ones are, as many as missed_limit says
};

char const* name(missed_times policy) noexcept;

/// How a schedule is kept, and its jobs are run. The SQL function txq.add_schedule has the same options, defaults and
/// limits.
struct schedule_options {
    /// The time zone of times that name none, by its IANA name.
    std::string zone = "UTC";

    // Of its jobs, as in enqueue_options. Headers have `schedule`, its name, and `planned_at`, the run's time, besides.
    std::string queue = "default";
    int priority = 2;
    int max_attempts = 20;
    std::string tenant{}; ///< whose they are; empty: nobody's
    std::map<std::string, std::string> headers{};

    missed_times missed = missed_times::once;

    /// How many times `all` makes up for at most: 1 to 1000.
    int missed_limit = 100;

    /// Whether a run may be started while the job of an earlier one waits, is run, or is to be tried again; else that
    /// time is left out. Must be true where all missed times are made up for, which is at once.
    bool overlap = true;

    /// A job is put off by some part of this, which differs from time to time: up to a day.
    std::chrono::milliseconds jitter{0};
};

enum class schedule_change { added, changed, unchanged };

// Schedules are in the queue's database: `tx` is a transaction there, which is never begun, committed or rolled back
// here. What these functions do is seen by the workers when it has been committed, within a second.
//
// They throw error for what cannot be meant, before a statement is sent, so that the transaction is still usable;
// errc::bad_schedule says at which column of the times what was expected. Throws error (schema_missing) if the database
// has no schedules, error (missing_privilege), with the grant, if the role may not do it, and error (wrong_state,
// not_found) as said below: then PostgreSQL has aborted the transaction. libpqxx's exceptions pass through. Any thread,
// as long as it is the only one that uses `tx`.

/// Makes a schedule of jobs, or changes the one of that name; where that is what it says already, nothing is written.
/// Other times count from now on, and one that is paused stays so. `times` is what docs/schedules.md says, such as
/// `every weekday at 18:00 in Europe/Berlin`; `name` has 1 to 128 bytes. Throws error (wrong_state) if there is one of
/// that name which comes from a worker's file.
schedule_change add_schedule(pqxx::transaction_base& tx, std::string_view name, std::string_view times,
                             std::string_view kind, std::string_view payload, schedule_options const& options = {});

/// The same for a struct.
template <job_arguments Args>
schedule_change add_schedule(pqxx::transaction_base& tx, std::string_view name, std::string_view times,
                             Args const& args, schedule_options const& options = {}) {
    return add_schedule(tx, name, times, Args::kind, detail::write_json(Args::kind, nlohmann::json(args)), options);
}

/// The same for a schedule whose jobs run a statement of SQL, with the rights of the workers whose file has the kind
/// txq.sql. Has no headers.
schedule_change add_sql_schedule(pqxx::transaction_base& tx, std::string_view name, std::string_view times,
                                 std::string_view command, schedule_options const& options = {});

/// Each returns false if there is no such schedule. Jobs that it has started are run all the same.
bool remove_schedule(pqxx::transaction_base& tx, std::string_view name);
/// Nothing is started until it is resumed.
bool pause_schedule(pqxx::transaction_base& tx, std::string_view name);
/// From now on: nothing is made up for.
bool resume_schedule(pqxx::transaction_base& tx, std::string_view name);

/// Adds a job of it now, beside those of its own times, also if it is paused, and returns the job's id. Throws error
/// (not_found), and error (wrong_state) if runs must not overlap and the job of an earlier one is not over.
uuid run_schedule(pqxx::transaction_base& tx, std::string_view name);

/// A schedule as the database has it.
struct known_schedule {
    std::string name;
    std::string times;
    std::string kind;    ///< empty: it has a command
    std::string payload; ///< JSON
    std::string command; ///< of SQL; empty: it has a kind
    schedule_options options;
    std::string set; ///< of the file that it comes from; empty: it was made by add_schedule
    bool is_paused = false;
    /// Why its times cannot be understood, so that it never runs; empty: they can.
    std::string problem;
    /// Its first time that nobody has decided on yet, which may have passed; not set if it is paused or has none.
    std::optional<std::chrono::sys_seconds> next;

    struct run {
        std::chrono::sys_time<std::chrono::microseconds> planned_at;
        bool by_hand = false;
        /// Not set: the job of an earlier run was not over, so that this one was left out.
        std::optional<uuid> job;
        /// The job's, such as `running`; empty: it is completed, or forgotten.
        std::string state;
    };
    std::optional<run> last; ///< not set: there was none
};

/// All of them, in the order of their names; with `names` only those. Looks into txq.schedules, txq.schedule_runs and
/// txq.jobs, and needs the right to.
std::vector<known_schedule> list_schedules(pqxx::transaction_base& tx, std::vector<std::string> const& names = {});

} // namespace txq
