#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace txq {

/// A thread that calls a function again and again; the function says how long to wait before the next call.
class periodic {
  public:
    explicit periodic(std::function<std::chrono::milliseconds()> step)
        : step_{std::move(step)},
          thread_{[this] { run(); }} {}
    ~periodic() {
        {
            std::lock_guard const lock{mutex_};
            ending_ = true;
        }
        changed_.notify_all();
        thread_.join();
    }
    periodic(periodic const&) = delete;
    periodic& operator=(periodic const&) = delete;

  private:
    void run() {
        for (;;) {
            auto const wait = step_();
            std::unique_lock lock{mutex_};
            if (changed_.wait_for(lock, wait, [this] { return ending_; })) return;
        }
    }

    std::function<std::chrono::milliseconds()> const step_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool ending_ = false;
    std::thread thread_; // last: it uses everything above
};

} // namespace txq
