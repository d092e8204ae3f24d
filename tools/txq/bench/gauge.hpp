#pragma once

#include <chrono>
#include <vector>

#include "child.hpp"
#include "measured.hpp"
#include "site.hpp"

namespace txq::bench {

/// What a run costs, from begin() to end().
class gauge {
  public:
    /// `programs` must outlive it.
    gauge(site& where, std::vector<child>& programs) : where_{where}, programs_{programs} {}

    void begin();
    void end();
    /// After the programs have ended, so that all their commits are counted; `count` jobs or transactions share the
    /// cost.
    measured result(double rate, std::int64_t count);

    double seconds() const { return ended_.seconds - began_.seconds; }

  private:
    struct moment {
        double seconds = 0;
        std::optional<double> server_cpu{};
        double client_cpu = 0;
        double machine_cpu = 0;
        counters server{};
    };
    moment now();

    site& where_;
    std::vector<child>& programs_;
    moment began_{};
    moment ended_{};
};

} // namespace txq::bench
