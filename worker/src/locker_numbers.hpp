#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <vector>

namespace txq {

/// The numbers under which a process' lockers hold places of limits (see batch_places). Whoever does not know what has
/// become of a call that asked for places or gave some back goes on under another number; what the server may still
/// write under the old one is to be deleted again and again. Any thread.
class locker_numbers {
  public:
    using clock = std::chrono::steady_clock;

    /// A server that is asked no more by anybody may finish a commit, which waits for a standby, as late as this.
    static constexpr auto remembered_for = std::chrono::hours{1};

    int next() {
        std::lock_guard const lock{mutex_};
        return ++last_;
    }
    /// Returns the one that comes after it. `worker`: the registration under which it was used.
    int retire(std::int64_t worker, int number, clock::time_point now) {
        std::lock_guard const lock{mutex_};
        retired_.push_back({worker, number, now});
        return ++last_;
    }
    std::vector<int> retired(std::int64_t worker, clock::time_point now) {
        std::lock_guard const lock{mutex_};
        std::erase_if(retired_, [&](entry const& one) {
            return one.worker != worker || one.since + remembered_for < now; // others' places went with their worker
        });
        std::vector<int> numbers;
        for (auto const& one : retired_) numbers.push_back(one.number);
        return numbers;
    }

  private:
    struct entry {
        std::int64_t worker;
        int number;
        clock::time_point since;
    };

    std::mutex mutex_;
    int last_ = 0;
    std::vector<entry> retired_;
};

} // namespace txq
