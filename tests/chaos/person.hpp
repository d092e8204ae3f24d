#pragma once

#include <chrono>
#include <memory>

#include <support/process.hpp>

#include "cluster.hpp"
#include "history.hpp"

namespace txq::chaos {

/// Somebody who looks after the queue: lets relays go on with outboxes from which they have stopped moving jobs, a
/// moment later. One thread.
class person {
  public:
    person(cluster& servers, history& where) : servers_{servers}, where_{where} {}

    /// Looks now and then. Never waits.
    void tend();
    /// How often a relay was let go on.
    long long resumed() const noexcept { return resumed_; }

  private:
    using clock = std::chrono::steady_clock;

    void look();
    void end_command();

    cluster& servers_;
    history& where_;
    std::unique_ptr<test::process> command_; ///< while it runs
    clock::time_point look_at_{};
    long long resumed_ = 0;
};

} // namespace txq::chaos
