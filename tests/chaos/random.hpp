#pragma once

#include <cstdint>

namespace txq::chaos {

/// Numbers that are the same for the same seed with every compiler and library (SplitMix64).
class random {
  public:
    explicit random(std::uint64_t seed) : state_{seed} {}

    std::uint64_t next() {
        auto z = state_ += 0x9e3779b97f4a7c15U;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31);
    }
    /// 0 to n - 1.
    int below(int n) { return static_cast<int>(next() % static_cast<std::uint64_t>(n)); }
    int between(int least, int most) { return least + below(most - least + 1); }
    /// How often it is true, in a thousand.
    bool in_thousand(int n) { return below(1000) < n; }
    /// 0 up to 1.
    double share() { return static_cast<double>(next() >> 11) * 0x1p-53; }

    /// Another one, whose numbers have nothing to do with this one's.
    random fork(std::uint64_t which) const { return random{random{state_ ^ (which * 0xd1342543de82ef95U)}.next()}; }

  private:
    std::uint64_t state_;
};

} // namespace txq::chaos
