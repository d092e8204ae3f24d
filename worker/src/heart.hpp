#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include <txq/detail/backoff.hpp>
#include <txq/detail/once_a_minute.hpp>
#include <txq/detail/session.hpp>
#include <txq/detail/watchdog.hpp>

#include "shared_state.hpp"

namespace txq {

/// Keeps the worker registered, on a connection of its own: gives signs of life, and compares what the database says
/// that this worker runs with what it does run. One thread.
class heart {
  public:
    heart(std::shared_ptr<shared_state> state, watchdog& watching) : state_{std::move(state)}, watching_{watching} {}

    /// One beat. Returns how long to wait before the next. Never throws.
    std::chrono::milliseconds step();
    /// Leaves: what is still held is given back. Never throws.
    void leave();
    /// Leaves handlers running, whose jobs are others' when the lease is over. Never throws.
    void leave_behind();

  private:
    void register_worker();
    void beat();
    void compare();
    void give_back_lost_claims();
    std::map<std::string, std::string> lost_claims();
    bool give_back(std::map<std::string, std::string> const& lost);
    void lose_registration();
    void sign_off(statement const& how);

    std::shared_ptr<shared_state> const state_;
    watchdog& watching_;
    std::unique_ptr<session> database_;
    std::int64_t beat_ = 0;
    std::int64_t look_again_ = 0; ///< for lost claims, at that beat
    once_a_minute refusals_;      ///< to give them back
    bool reachable_ = true;
    once_a_minute failures_;
    backoff waits_{std::chrono::milliseconds{50}, std::chrono::milliseconds{1000}};
};

} // namespace txq
