#pragma once

#include <algorithm>
#include <chrono>
#include <random>

namespace txq {

/// How long to wait before trying again what failed: full jitter over a bound that doubles, so that many processes do
/// not come back at once. One thread at a time.
class backoff {
  public:
    explicit backoff(std::chrono::milliseconds first = std::chrono::milliseconds{50},
                     std::chrono::milliseconds limit = std::chrono::seconds{5})
        : first_{first},
          limit_{limit},
          bound_{first} {}

    /// The next wait, and a longer one after it.
    std::chrono::milliseconds next() {
        std::uniform_int_distribution<std::chrono::milliseconds::rep> within{first_.count() / 2, bound_.count()};
        bound_ = std::min(limit_, bound_ * 2);
        return std::chrono::milliseconds{within(random_)};
    }
    /// It worked: begin with short waits again.
    void reset() { bound_ = first_; }

  private:
    std::chrono::milliseconds first_;
    std::chrono::milliseconds limit_;
    std::chrono::milliseconds bound_;
    std::minstd_rand random_{std::random_device{}()};
};

} // namespace txq
