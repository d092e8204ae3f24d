#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <mutex>
#include <set>

#include <txq/detail/periodic.hpp>

namespace txq {

class deadline;

/// How many connections may be closed at a time. No I/O.
///
/// Behind each of them a server that hangs keeps a process, and who connects again and again would use up all that
/// there may be.
class expiry_budget {
  public:
    static constexpr int most = 8;
    static constexpr int steps_for_one = 120;

    bool has_some() const noexcept { return left_ > 0; }
    void use() noexcept { --left_; }
    void on_step() noexcept {
        if (left_ == most || ++steps_ < steps_for_one) return;
        steps_ = 0;
        ++left_;
    }

  private:
    int left_ = most;
    int steps_ = 0;
};

/// The thread that counts for all deadlines of the process, while there are any.
class deadline_watch {
  public:
    static constexpr std::chrono::milliseconds step{250};

    /// The one that there is, or a new one.
    static std::shared_ptr<deadline_watch> shared();

    void add(deadline& one);
    void remove(deadline& one);

  private:
    void count();

    std::mutex mutex_;
    std::set<deadline*> all_;
    expiry_budget budget_;
    periodic thread_{[this] {
        count();
        return step;
    }}; // last: it uses everything above
};

} // namespace txq
