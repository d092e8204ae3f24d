#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "decide.hpp"

namespace txq {

/// Which run is to be started when, as far as one process knows. Others start runs as well, so what it has decided is
/// tried, and learned from what comes of it. No clock, no I/O.
class agenda {
  public:
    struct entry {
        std::string name;
        /// Whether the schedule is still what it was: any change gives it another one.
        std::string version;
        schedules::schedule what;
        missed_policy missed{};
        /// No time up to here is to come any more.
        sys_seconds base;
    };

    struct run {
        std::string name;
        std::string version;
        sys_seconds time;
    };

    enum class outcome {
        done,   ///< by us or others, now or before, or decided against
        locked, ///< somebody is changing the schedule: again a little later
        gone,   ///< the schedule is not what it was: what it is now will be put, if it is
    };

    struct result {
        std::string name;
        sys_seconds time;
        outcome what;
    };

    /// What the database's clock says, before anything else is asked at that time. True if it went back: everything is
    /// forgotten then, and has to be put again.
    bool on_time(sys_seconds now);

    /// A schedule that is new or was changed; one that is known in this version already stays as it is.
    void put(entry one);
    void remove(std::string const& name);

    /// Runs that are to be started now, of some schedules, until there are `limit` or more; empty: there are none. Left
    /// out are those whose times were missed and that do not make up for them: their names go to `left_out`.
    std::vector<run> due(std::size_t limit, std::vector<std::string>& left_out);

    /// What came of them.
    void on_results(std::vector<result> const& results);

    /// When something is due; nothing: not before something is put.
    std::optional<sys_seconds> next() const;

    std::size_t size() const noexcept { return entries_.size(); }

  private:
    struct item {
        entry what;
        std::optional<sys_seconds> wake; ///< not set: it has no time any more
    };

    void advance(item& one, sys_seconds base);
    void wake_at(item& one, std::optional<sys_seconds> time);

    sys_seconds now_{};
    std::map<std::string, item> entries_;
    std::set<std::pair<sys_seconds, std::string>> by_time_;
};

} // namespace txq
