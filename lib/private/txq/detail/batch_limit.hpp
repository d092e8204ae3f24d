#pragma once

#include <algorithm>

namespace txq {

/// How much to write at a time. A batch that the database refuses is tried in halves, until it goes through or is a
/// single row; what goes through lets the limit grow back. What is cut because it is too large asks for less the next
/// time.
class batch_limit {
  public:
    explicit batch_limit(int most) : most_{most}, now_{most} {}

    int rows() const noexcept { return now_; }
    bool single() const noexcept { return now_ == 1; }
    bool whole() const noexcept { return now_ == most_; }
    void on_refused() noexcept { now_ = std::max(1, now_ / 2); }
    /// Something is wrong with a single row.
    void one_at_a_time() noexcept { now_ = 1; }
    /// Call it after on_written(): no more than so many rows went together.
    void on_cut(int rows) noexcept { now_ = std::min(now_, std::max(2, rows)); }
    void on_written() noexcept { now_ = now_ > most_ / 2 ? most_ : now_ * 2; }

  private:
    int most_;
    int now_;
};

} // namespace txq
