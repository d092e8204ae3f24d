#pragma once

#include <chrono>
#include <memory>

#include <txq/detail/backoff.hpp>
#include <txq/detail/session.hpp>

#include "lasting_trouble.hpp"
#include "liveness_watch.hpp"
#include "shared_state.hpp"

namespace txq {

/// What any worker does for all of them: makes delayed jobs ready, gives the jobs of dead workers to others, and says
/// which jobs nobody knows how to run. On a connection of its own; one thread. Every worker does it: the statements
/// skip what another one is at.
class caretaker {
  public:
    explicit caretaker(std::shared_ptr<shared_state> state) : state_{std::move(state)} {}

    /// Does what is due. Returns how long until something is again. Never throws.
    std::chrono::milliseconds step();

  private:
    using clock = std::chrono::steady_clock;

    std::chrono::milliseconds promote();
    void rescue();
    void rescue_orphans();
    void report_unknown_kinds();
    void keep_records();
    bool due(clock::time_point& next, std::chrono::milliseconds interval);

    std::shared_ptr<shared_state> const state_;
    std::unique_ptr<session> database_;
    liveness_watch watch_;
    /// Of all workers, this one among them: who looks less often than that could not tell that its worker is dead.
    std::chrono::milliseconds shortest_lease_ = state_->options.lease;
    clock::time_point next_rescue_{};
    clock::time_point next_orphans_{clock::now() + std::chrono::seconds{5}};
    clock::time_point next_report_{clock::now() + std::chrono::seconds{10}};
    clock::time_point next_keeping_{};
    backoff waits_;
    lasting_trouble trouble_{state_->options.lease};
};

} // namespace txq
