#include "liveness_watch.hpp"

#include <algorithm>

namespace txq {

std::vector<liveness_watch::sight> liveness_watch::look(std::vector<sight> const& workers, clock::time_point now) {
    std::vector<sight> dead;
    std::map<std::int64_t, silence> seen;
    shortest_lease_ = std::chrono::milliseconds::max();
    for (auto const& worker : workers) {
        shortest_lease_ = std::min(shortest_lease_, worker.lease);
        silence current{worker.beat, now, now};
        auto const before = silences_.find(worker.worker);
        if (before != silences_.end() && before->second.beat == worker.beat &&
            now - before->second.looked <= worker.lease / 2)
            current.since = before->second.since;
        if (now - current.since >= worker.lease) dead.push_back(worker);
        seen.emplace(worker.worker, current);
    }
    silences_ = std::move(seen);
    return dead;
}

std::chrono::milliseconds liveness_watch::interval(std::chrono::milliseconds longest) const {
    return std::min(longest, shortest_lease_ / 8);
}

} // namespace txq
