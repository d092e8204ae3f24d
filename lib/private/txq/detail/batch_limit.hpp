#pragma once

#include <algorithm>

namespace txq {

/// How much to write at a time. A batch that the database refuses is tried in halves, until it goes through or is a
/// single row; what goes through lets the limit grow back.
class batch_limit {
  public:
    explicit batch_limit(int most) : most_{most}, now_{most} {}

    int rows() const noexcept { return now_; }
    bool single() const noexcept { return now_ == 1; }
    bool whole() const noexcept { return now_ == most_; }
    void on_refused() noexcept { now_ = std::max(1, now_ / 2); }
    void on_written() noexcept { now_ = now_ > most_ / 2 ? most_ : now_ * 2; }

  private:
    int most_;
    int now_;
};

} // namespace txq
