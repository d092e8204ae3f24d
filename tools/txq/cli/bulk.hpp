#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>

#include <txq/cli/command_line.hpp>
#include <txq/cli/jobs.hpp>

// What commands have in common that go through many jobs.

namespace txq::cli {

inline constexpr auto no_limit = std::numeric_limits<std::int64_t>::max();

/// What is done with some hundreds of jobs at a time: takes their ids as a uuid[] and how many they are, and returns
/// how many it counts.
using batch_action = std::function<std::int64_t(std::string const& ids, std::int64_t jobs)>;

/// A line on the terminal that says how many jobs have been gone through, and is gone at the end.
class progress {
  public:
    explicit progress(console const& where) : err_{where.err_is_terminal ? &where.err : nullptr} {}
    progress(progress const&) = delete;
    progress& operator=(progress const&) = delete;
    ~progress();

    void add(std::int64_t number);
    /// Before something else is written.
    void clear();
    std::int64_t jobs() const noexcept { return jobs_; }

  private:
    std::ostream* err_;
    std::int64_t jobs_ = 0;
};

/// What an action does with each batch: runs the statement, or only counts.
batch_action action_of(session& database, progress& so_far, bool dry_run, statement const& what,
                       std::function<pq::params(std::string const& ids)> const& params);

/// Says how many: `done` or `would` is what follows the number.
void tell_number(command_line const& line, char const* json_name, bool dry_run, char const* done, char const* would,
                 std::int64_t number);

/// Does `work`, and says how many jobs it has gone through, also where it fails before the end: these are changed.
void tell_number_after(command_line const& line, progress& so_far, char const* json_name, bool dry_run,
                       char const* done, char const* would, std::function<void()> const& work);

/// Goes through the jobs of a filter, `limit` of them at most, the newest first, and adds up what `batch` returns. Jobs
/// that are enqueued meanwhile are not among them. The filter's own limit and place are not looked at.
std::int64_t for_jobs(session& database, job_filter filter, std::int64_t limit, batch_action const& batch);

} // namespace txq::cli
