#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <txq/detail/backoff.hpp>
#include <txq/detail/clock_comparison.hpp>
#include <txq/detail/once_a_minute.hpp>
#include <txq/detail/session.hpp>
#include <txq/scheduler.hpp>

#include "agenda.hpp"

namespace txq {

/// What a scheduler's thread does: reads what has changed, starts what is due, and forgets old runs. One thread.
class scheduling_service {
  public:
    scheduling_service(scheduler_options const& options, connection_info where);

    /// Does what there is to do. Returns how long until there is something again. Never throws.
    std::chrono::milliseconds step();

  private:
    using clock = std::chrono::steady_clock;
    using milliseconds = std::chrono::milliseconds;

    milliseconds work();
    bool has_schedules();
    void put_set();
    std::chrono::microseconds read();
    void read_row(pqxx::row const& row);
    void flag(pqxx::row const& row, std::string const& problem);
    bool start_due();
    bool start(std::vector<agenda::run> const& runs, std::vector<std::string> const& left_out);
    /// `now`: the database's time. Nothing is forgotten by a clock that may be wrong: what is, is started again.
    void prune(std::chrono::microseconds now);

    /// Does it if it is time for it; if the database refuses, says so, and tries again after a while.
    void from_time_to_time(clock::time_point& next, milliseconds pause, char const* what,
                           std::function<void()> const& act);
    /// Once a minute for the same.
    void complain(char const* about, std::exception const& failed);

    milliseconds const look_;
    milliseconds const retention_;
    bool const pooled_;
    connection_info const where_;
    std::string set_name_;
    std::optional<std::string> set_; ///< as JSON, until it is in the database

    std::unique_ptr<session> database_;
    std::optional<std::string> seen_; ///< what was read last; not set: nothing
    agenda agenda_;
    clock::time_point next_put_{};
    clock::time_point next_prune_{};
    clock_comparison clocks_;
    std::map<std::string, once_a_minute> complaints_;
    bool waits_for_schema_ = false;
    backoff waits_;
};

} // namespace txq
