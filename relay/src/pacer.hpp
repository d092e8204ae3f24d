#pragma once

#include <algorithm>
#include <chrono>

namespace txq::relay {

/// How long to wait before looking into an empty outbox again: a moment after there was something, then longer and
/// longer, so that a busy producer is served at once and an idle one costs next to nothing.
class pacer {
  public:
    explicit pacer(std::chrono::milliseconds longest, std::chrono::milliseconds shortest = std::chrono::milliseconds{2})
        : shortest_{std::min(shortest, longest)},
          longest_{longest},
          next_{shortest_} {}

    /// The next wait; the one after it is longer by a quarter.
    std::chrono::microseconds next() {
        auto const now = next_;
        next_ = std::min(longest_, next_ + next_ / 4);
        return now;
    }
    /// There was something.
    void on_jobs() { next_ = shortest_; }

  private:
    std::chrono::microseconds shortest_;
    std::chrono::microseconds longest_;
    std::chrono::microseconds next_;
};

} // namespace txq::relay
