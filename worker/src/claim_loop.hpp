#pragma once

#include <algorithm>
#include <chrono>

namespace txq {

/// How many jobs a group claims, and when. No clock, no I/O.
///
/// Enough is claimed to keep the threads busy while the next claim is under way, but never so much that jobs wait here
/// behind slow ones while another process could run them: for quick handlers about `ahead` of work, for slow ones none.
class claim_loop {
  public:
    using nanoseconds = std::chrono::nanoseconds;

    static constexpr nanoseconds ahead = std::chrono::milliseconds{50};
    static constexpr int largest_claim = 1000;
    /// Of the payloads that are claimed ahead, as far as those before tell.
    static constexpr std::size_t largest_bytes = std::size_t{64} << 20;

    /// prefetch: jobs beyond the threads; negative: as many as seem right.
    claim_loop(int threads, int prefetch) : threads_{threads}, prefetch_{prefetch} {}

    /// How many to claim now; 0: wait until something happens.
    int next_claim() const {
        if (!maybe_more_) return 0;
        auto const free = capacity() - in_hand_;
        auto const worth_while = in_hand_ < threads_ || free * 4 >= capacity();
        return free > 0 && worth_while ? std::min(free, largest_claim) : 0;
    }

    /// `bytes`: of the payloads of those `got` jobs.
    void on_claimed(int asked, int got, std::size_t bytes = 0) {
        in_hand_ += got;
        maybe_more_ = got >= asked;
        if (got > 0) usual_bytes_ = (usual_bytes_ + bytes / static_cast<std::size_t>(got)) / 2;
    }
    /// `n` jobs have left: recorded, or given back. `each`: how long their handlers took on average.
    void on_left(int n, nanoseconds each) {
        in_hand_ -= n;
        auto const share = std::min(n, 16);
        usual_ += (each - usual_) * share / 32;
    }
    /// A claimed job has waited here for so long that it was given back.
    void on_waited_too_long() { usual_ = std::max<nanoseconds>(usual_, 4 * ahead); }
    /// There may be jobs: notified, or it is time to look.
    void on_maybe_more() { maybe_more_ = true; }

    int in_hand() const { return in_hand_; }

    int capacity() const {
        auto const fitting = largest_bytes / std::max<std::size_t>(usual_bytes_, 1);
        return threads_ + static_cast<int>(std::min<std::size_t>(fitting, static_cast<std::size_t>(wanted_ahead())));
    }

  private:
    int wanted_ahead() const {
        if (prefetch_ >= 0) return prefetch_;
        auto const per_thread = ahead / std::max<nanoseconds>(usual_, std::chrono::microseconds{1});
        return static_cast<int>(std::min<long long>(per_thread * threads_, largest_claim));
    }

    int threads_;
    int prefetch_;
    int in_hand_ = 0;
    bool maybe_more_ = true;
    nanoseconds usual_ = ahead;
    std::size_t usual_bytes_ = 0;
};

} // namespace txq
