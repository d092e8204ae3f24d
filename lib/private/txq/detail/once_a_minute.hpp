#pragma once

#include <chrono>

namespace txq {

/// Whether to say what fails again and again: at once, and then once a minute, so that a log of a long outage can be
/// read. No clock, no I/O. One thread.
class once_a_minute {
  public:
    using clock = std::chrono::steady_clock;

    /// It has failed again. True: say so. `is_new`: something else than the last time, which is said at once.
    bool due(clock::time_point now, bool is_new = false) {
        if (!is_new && said_at_ != never && now - said_at_ < std::chrono::minutes{1}) return false;
        said_at_ = now;
        return true;
    }

  private:
    static constexpr clock::time_point never{};
    clock::time_point said_at_ = never;
};

} // namespace txq
