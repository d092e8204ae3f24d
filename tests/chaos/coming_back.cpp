#include "coming_back.hpp"

#include <algorithm>

#include "kinds.hpp"

namespace txq::chaos {

namespace {

void note(micros& first, micros at, micros healed) {
    if (at >= healed) first = std::min(first, at - healed);
}

micros first_move(evidence const& all, std::size_t database) {
    auto first = never;
    for (auto const& [job, changes] : all.changes) {
        auto const entry = all.by_job.find(job);
        if (entry == all.by_job.end() || all.ledger[entry->second].database != database) continue;
        for (auto const& one : changes)
            if (one.what == 'I') note(first, one.at, all.healed);
    }
    return first;
}

micros first_run(evidence const& all, std::string const& worker, std::string const& group) {
    auto first = never;
    for (auto const& one : all.runs)
        if (one.process.starts_with(worker) && (one.queue == group || one.queue.ends_with('-' + group)))
            note(first, one.began, all.healed);
    return first;
}

} // namespace

std::vector<micros> times_of_return(evidence const& all) {
    std::vector<micros> result;
    for (std::size_t database = 0; database < cluster::databases; ++database)
        result.push_back(first_move(all, database));
    for (int worker = 1; worker <= workers; ++worker)
        for (auto const* group : groups)
            result.push_back(first_run(all, "worker-" + std::to_string(worker) + '.', group));
    return result;
}

} // namespace txq::chaos
