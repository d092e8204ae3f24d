#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace txq::cli {

/// How fast a command goes through many jobs.
class pace {
  public:
    using clock = std::chrono::steady_clock;

    /// As fast as it can.
    pace() = default;
    explicit pace(double jobs_per_second, clock::time_point start) : rate_{jobs_per_second}, start_{start} {}

    bool limited() const noexcept { return rate_ > 0; }
    /// How many to take at a time, `most` at most: what fits into a tenth of a second, so that they come evenly.
    std::int64_t batch(std::int64_t most) const noexcept;
    /// How long to wait, after so many have been taken since the start, before the next ones.
    std::chrono::milliseconds wait(std::int64_t done, clock::time_point now) const noexcept;

  private:
    double rate_ = 0;
    clock::time_point start_{};
};

/// "100/s", "30/min" or "1000/h" as jobs per second. Throws error (bad_configuration) for anything else.
double parse_rate(std::string const& text);

} // namespace txq::cli
