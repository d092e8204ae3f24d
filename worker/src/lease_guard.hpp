#pragma once

#include <chrono>

#include <txq/detail/planted.hpp>

namespace txq {

/// Whether this worker may still rely on its lease, by its own clock. No I/O.
///
/// Others give its jobs on when they have seen no beat for the whole lease; they cannot have seen the last one later
/// than it was answered, nor earlier than it was sent. So what counts is when it was sent.
class lease_guard {
  public:
    using clock = std::chrono::steady_clock;

    /// For how long after a sign of life a worker relies on it.
    static constexpr std::chrono::milliseconds relied_on(std::chrono::milliseconds lease) { return lease * 3 / 5; }

    explicit lease_guard(std::chrono::milliseconds lease) : lease_{lease} {}

    void on_beat(clock::time_point sent) { sent_ = sent; }
    void on_lost() { sent_ = {}; }

    /// False from three fifths of the lease without a beat on: no claims, and handlers are asked to stop.
    bool holds(clock::time_point now) const {
        TXQ_IF_PLANTED("lease-ignored", return sent_ != clock::time_point{})
        return sent_ != clock::time_point{} && now < sent_ + relied_on(lease_);
    }

  private:
    std::chrono::milliseconds lease_;
    clock::time_point sent_{};
};

} // namespace txq
