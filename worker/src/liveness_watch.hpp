#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace txq {

/// Which workers are dead, judged by one observer from the beats it sees and its own clock, so that neither the
/// database's clock nor anybody else's matters. No I/O.
///
/// A worker is dead when the same beat has been seen for its whole lease, in looks that were never further apart than
/// half of it: while the observer could not look, the worker could perhaps not beat either. So how often to look
/// depends on the leases that were seen.
class liveness_watch {
  public:
    using clock = std::chrono::steady_clock;

    struct sight {
        std::int64_t worker;
        std::string name;
        std::chrono::milliseconds lease;
        /// Nothing if none is to be found.
        std::optional<std::int64_t> beat;
    };

    /// A look at all workers. Returns those found dead; they are reported again until they are no longer there.
    std::vector<sight> look(std::vector<sight> const& workers, clock::time_point now);

    /// How long until the next look, at most `longest`.
    std::chrono::milliseconds interval(std::chrono::milliseconds longest) const;

  private:
    struct silence {
        std::optional<std::int64_t> beat;
        clock::time_point since;
        clock::time_point looked;
    };
    std::map<std::int64_t, silence> silences_;
    std::chrono::milliseconds shortest_lease_ = std::chrono::milliseconds::max();
};

} // namespace txq
