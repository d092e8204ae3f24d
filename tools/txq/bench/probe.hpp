#pragma once

#include <cstdint>

#include "bench.hpp"

namespace txq::bench {

/// What a claim costs at this moment: claims as a worker would, looks at what the server has done for it, and rolls
/// back.
class probe {
  public:
    explicit probe(bench& with);

    struct cost {
        double milliseconds = 0;
        double buffers = 0;
        double jobs = 0;
    };
    /// Of up to `jobs` jobs, above `floor`.
    cost claim(int jobs, std::int64_t floor);

    /// That was given out last to a job that became ready. What a worker at work looks from lies behind that of a tenth
    /// of a second or two ago.
    std::int64_t last_place();

  private:
    session database_;
};

/// The medians of some claims of up to `jobs` jobs from the beginning of the queue.
void add_claim_costs(bench& with, int jobs, measured& to);

} // namespace txq::bench
