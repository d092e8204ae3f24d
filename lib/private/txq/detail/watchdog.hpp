#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <utility>

#include <txq/detail/periodic.hpp>

namespace txq {

/// Whether it has been silent for too long. No clock, no I/O: steps are counted, so that time for which the process
/// itself was stopped does not count. Any thread may say that it was heard.
class silence {
  public:
    explicit silence(int most_steps) : most_steps_{most_steps} {}

    void on_heard() noexcept { steps_ = 0; }
    /// True once, when there have been as many steps without a word.
    bool on_step() noexcept { return ++steps_ == most_steps_; }

  private:
    int const most_steps_;
    std::atomic<int> steps_{0};
};

/// Tells somebody when nothing has worked for too long, whatever the threads that should have worked are doing.
class watchdog {
  public:
    /// `then` is called on the watchdog's thread, once in each such time. patience: zero: never.
    watchdog(std::chrono::milliseconds patience, std::function<void()> then)
        : step_{std::clamp(patience / steps, std::chrono::milliseconds{1}, std::chrono::milliseconds{1000})},
          silence_{static_cast<int>(patience / step_)},
          then_{std::move(then)} {
        if (patience.count() > 0) thread_.emplace([this] { return look(); });
    }

    void on_heard() noexcept { silence_.on_heard(); }

  private:
    static constexpr int steps = 20;

    /// The first one comes at once, so it is one too many.
    std::chrono::milliseconds look() {
        if (looked_ && silence_.on_step()) then_();
        looked_ = true;
        return step_;
    }

    std::chrono::milliseconds const step_;
    silence silence_;
    std::function<void()> const then_;
    bool looked_ = false;
    std::optional<periodic> thread_; // last: it uses everything above
};

} // namespace txq
