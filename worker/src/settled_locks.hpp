#pragma once

#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <utility>

namespace txq {

/// Which locks are so old that nobody runs the jobs any more that were claimed by them: those of transactions that
/// began longer ago than the longest lease, because a worker that has not reached the database for that long has
/// stopped its handlers. Transactions have no time, so this notes which was the next one when. No clock, no I/O.
class settled_locks {
  public:
    using clock = std::chrono::steady_clock;

    /// Asked of the database at `sent`.
    void on_next(clock::time_point sent, std::string xid) { seen_.emplace_back(sent, std::move(xid)); }

    /// Locks of transactions before this one are settled; nothing: none is, as far as is known.
    std::optional<std::string> before(clock::time_point now, std::chrono::milliseconds longest_lease) {
        while (seen_.size() > 1 && now - seen_[1].first >= longest_lease) seen_.pop_front();
        if (seen_.empty() || now - seen_.front().first < longest_lease) return std::nullopt;
        return seen_.front().second;
    }

    /// The database may be another one.
    void forget() { seen_.clear(); }

  private:
    std::deque<std::pair<clock::time_point, std::string>> seen_;
};

} // namespace txq
