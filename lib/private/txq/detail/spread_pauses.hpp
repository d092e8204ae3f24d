#pragma once

#include <chrono>
#include <random>

namespace txq {

/// Regular looks of many processes, spread so that they do not come at the same moment again and again. One thread at a
/// time.
class spread_pauses {
  public:
    /// Three quarters to the whole of it.
    std::chrono::milliseconds spread(std::chrono::milliseconds pause) {
        std::uniform_int_distribution<std::chrono::milliseconds::rep> within{pause.count() * 3 / 4, pause.count()};
        return std::chrono::milliseconds{within(random_)};
    }

  private:
    std::minstd_rand random_{std::random_device{}()};
};

} // namespace txq
