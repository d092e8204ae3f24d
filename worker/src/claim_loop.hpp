#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

namespace txq {

/// How many jobs a group claims, and when. No clock, no I/O.
///
/// Enough is claimed to keep the threads busy while the next claim is under way, but never so much that jobs wait here
/// behind slow ones while another process could run them: for quick handlers about `ahead` of work, for slow ones none.
///
/// Jobs whose handlers are quick, and want no transaction of their own, are claimed by locks alone (see lock_jobs):
/// which is right as long as hardly any of them has to be leased after all.
class claim_loop {
  public:
    using nanoseconds = std::chrono::nanoseconds;

    static constexpr nanoseconds ahead = std::chrono::milliseconds{50};
    static constexpr int largest_claim = 1000;
    /// Of the payloads that are claimed ahead, as far as those before tell: each is there several times while it is
    /// read.
    static constexpr std::size_t largest_bytes = std::size_t{8} << 20;
    /// By locks: a batch ends with its last job, and what it holds nobody else can run meanwhile.
    static constexpr int largest_batch = 500;
    /// Handlers that take longer than this are not quick.
    static constexpr nanoseconds quick = std::chrono::milliseconds{1};

    enum class by {
        lock, ///< jobs are held by the locks of an open transaction
        lease ///< a lease is written before the handlers begin
    };

    struct limits {
        int threads = 1;
        /// Jobs beyond the threads; negative: as many as seem right.
        int prefetch = -1;
        /// Whether to claim by locks at all.
        bool may_lock = false;
    };

    /// A claim that is under way.
    struct claim {
        int jobs = 0; ///< to ask for at most; 0: nothing is to be claimed
        unsigned news = 0;
    };

    /// What a claim has got.
    struct claimed {
        int jobs = 0;
        std::size_t bytes = 0; ///< of their payloads
        int lasting = 0;       ///< those that need a lease

        void add(std::size_t payload, bool needs_lease) {
            ++jobs;
            bytes += payload;
            lasting += needs_lease;
        }
    };

    explicit claim_loop(limits those) : limits_{those} {}

    /// How to claim now.
    by how() const { return limits_.may_lock && !lasting_ && usual_ <= quick ? by::lock : by::lease; }

    /// Whether there is place for so many jobs that a claim is worth it.
    bool has_room() const {
        auto const free = capacity() - in_hand_;
        return free > 0 && (in_hand_ < limits_.threads || free * 4 >= capacity());
    }
    /// Whether there is something to claim, and place for it.
    bool would_claim() const { return maybe_more_ && has_room(); }

    /// How many to claim now; 0: wait until something happens. What is begun has to end.
    claim begin() { return begin(would_claim() ? std::min(capacity() - in_hand_, largest()) : 0); }
    /// Also beyond those that there is place for: what may not wait behind them.
    claim begin_extra() { return begin(std::max(limits_.threads, std::min(capacity() - in_hand_, largest()))); }

    void end(claim const& which, claimed const& got) {
        in_hand_ -= which.jobs - got.jobs;
        auto const all = got.jobs < which.jobs;
        // what has been heard of since the claim began may have come too late for it
        if (all && which.news == news_) maybe_more_ = false;
        if (got.jobs == 0) return;
        usual_bytes_ = (usual_bytes_ + got.bytes / static_cast<std::size_t>(got.jobs)) / 2;
        lasting_ = got.lasting > 0;
    }
    /// `n` jobs have left: recorded, given back or parked. `each`: how long their handlers took on average; nothing:
    /// none has run.
    void on_left(int n, std::optional<nanoseconds> each) {
        in_hand_ -= n;
        auto const share = std::min(n, 16);
        if (each) usual_ += (*each - usual_) * share / 32;
    }
    /// A claimed job has waited here for so long that it was given back.
    void on_waited_too_long() { usual_ = std::max<nanoseconds>(usual_, 4 * ahead); }
    /// There may be jobs: notified, or it is time to look.
    void on_maybe_more() {
        maybe_more_ = true;
        ++news_;
    }

    int in_hand() const { return in_hand_; }

    int capacity() const {
        auto const fitting = largest_bytes / std::max<std::size_t>(usual_bytes_, 1);
        return limits_.threads + static_cast<int>(std::min<std::size_t>(
                                     fitting, static_cast<std::size_t>(wanted_ahead_of(limits_.threads))));
    }

    /// How many jobs to have waiting behind so many handlers.
    int wanted_ahead_of(int handlers) const {
        if (limits_.prefetch >= 0) return limits_.prefetch;
        auto const per_thread = ahead / std::max<nanoseconds>(usual_, std::chrono::microseconds{1});
        return static_cast<int>(std::min<long long>(per_thread * handlers, largest_claim));
    }

  private:
    claim begin(int jobs) {
        in_hand_ += jobs;
        return {jobs, news_};
    }

    /// Two take turns at locking: while the jobs of one run, the other claims.
    int largest() const { return how() == by::lock ? std::clamp(capacity() / 2, 1, largest_batch) : largest_claim; }

    limits limits_;
    int in_hand_ = 0; // and asked for
    bool maybe_more_ = true;
    unsigned news_ = 0;
    bool lasting_ = false;
    nanoseconds usual_ = ahead;
    std::size_t usual_bytes_ = 0;
};

} // namespace txq
