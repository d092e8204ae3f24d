#pragma once

#include <algorithm>
#include <chrono>

namespace txq::relay {

/// How long to wait before looking into an empty outbox again: a moment while there is traffic and for a while after
/// it, then longer and longer, so that whoever enqueues now and then is served at once and who does not costs next to
/// nothing.
class pacer {
  public:
    /// For so many waits after jobs the next ones are expected: a fifth of a second.
    static constexpr int patience = 200;

    explicit pacer(std::chrono::milliseconds longest, std::chrono::milliseconds shortest = std::chrono::milliseconds{1})
        : shortest_{std::min(shortest, longest)},
          longest_{longest},
          next_{shortest_} {}

    /// The next wait; the one after it is longer by a quarter, unless jobs are expected.
    std::chrono::microseconds next() {
        if (expecting_ > 0) {
            --expecting_;
            return shortest_;
        }
        auto const now = next_;
        next_ = std::min(longest_, next_ + next_ / 4);
        return now;
    }
    /// There was something.
    void on_jobs() {
        next_ = shortest_;
        expecting_ = patience;
    }

  private:
    std::chrono::microseconds shortest_;
    std::chrono::microseconds longest_;
    std::chrono::microseconds next_;
    int expecting_ = 0;
};

} // namespace txq::relay
