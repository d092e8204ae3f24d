#pragma once

#include <chrono>

#include <txq/detail/once_a_minute.hpp>

namespace txq {

/// When to say that one thread of a worker does not get on with the database. No clock, no I/O.
///
/// While the database is away the heart says so, once for all. But a server may have a connection for the heart and
/// none for who claims, and nobody would know why nothing is run. What the server answers is said by nobody else.
class lasting_trouble {
  public:
    using clock = std::chrono::steady_clock;

    /// patience: longer than the lease holds once the heart cannot beat.
    explicit lasting_trouble(std::chrono::milliseconds patience) : patience_{patience} {}

    /// Whether to say it: of what the server refuses (`refused`) at once and then once a minute, otherwise once, when
    /// it has gone on for the patience while the lease held. Failures far apart are new trouble each.
    bool on_failure(clock::time_point now, bool lease_holds, bool refused) {
        auto const lasts = goes_on_for_long(now, lease_holds);
        return refused ? refusals_.due(now) : lasts;
    }

  private:
    static constexpr std::chrono::seconds between_tries{5}; // at most: see backoff
    static constexpr clock::time_point none{};

    bool goes_on_for_long(clock::time_point now, bool lease_holds) {
        auto const goes_on = lease_holds && last_ != none && now - last_ <= patience_ + between_tries;
        last_ = lease_holds ? now : none;
        if (!goes_on) {
            since_ = now;
            said_ = false;
        }
        if (said_ || now - since_ < patience_) return false;
        return said_ = true;
    }

    std::chrono::milliseconds patience_;
    clock::time_point last_ = none;
    clock::time_point since_{};
    bool said_ = false;
    once_a_minute refusals_;
};

} // namespace txq
