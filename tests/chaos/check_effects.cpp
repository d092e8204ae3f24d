#include <algorithm>

#include "check_parts.hpp"
#include "kinds.hpp"

namespace txq::chaos {

namespace {

/// How much a row's clock_timestamp may lie before the commit that shows it to others.
constexpr micros commit_takes = 200'000;

/// How long the queue's server did nothing in a span of time, such as between a row's clock_timestamp and its commit.
micros frozen_in(evidence const& all, span_of_time const& span) {
    micros result = 0;
    for (auto const& one : all.frozen)
        result += std::max(micros{0}, std::min(one.to, span.to) - std::max(one.from, span.from));
    return result;
}

using runs_by_fence = std::map<std::pair<std::string, std::int64_t>, std::vector<run_record const*>>;

runs_by_fence by_fence(evidence const& all) {
    runs_by_fence result;
    for (auto const& one : all.runs) result[{one.job, one.fence}].push_back(&one);
    return result;
}

/// The fence of the attempt that a completion has ended: one under a lock was never written.
std::int64_t fence_of(change const& completion) { return completion.old_fence + (completion.old_state == "ready"); }

/// Whose attempt was ended by a completion: one whose handler had been through, or one that had nothing to run.
bool was_entitled(evidence const& all, runs_by_fence const& runs, std::string const& job, change const& completion) {
    auto const through = [&](run_record const* run) {
        return run->result == "completed" && run->ended <= completion.at + clock_grain;
    };
    auto const lost = [&](run_record const* run) { return may_have_lost_its_claim(all, *run); };
    if (auto const found = runs.find({job, fence_of(completion)}); found != runs.end()) {
        if (std::ranges::any_of(found->second, through)) return true;
        // the fence of a claim that a failover has lost is given out again
        if (!std::ranges::all_of(found->second, lost)) return false;
    }
    // without a run: the operation had been done. Not by the ledger, which a failover may have taken with the commit
    auto const done = all.processed.find(completion.operation);
    return done != all.processed.end() && done->second <= completion.at;
}

} // namespace

bool may_have_lost_its_claim(evidence const& all, run_record const& run) {
    constexpr micros shortly = 5'000'000;
    return std::ranges::any_of(all.set_back, [&](span_of_time const& one) {
        return run.ended > one.from && run.began < (one.to == never ? never : one.to + shortly);
    });
}

finding effects_happen_once(evidence const& all) {
    finding result{"I3", "effects in transactions happen once; none after the record"};
    for (auto const& [operation, rows] : all.effects)
        result.check(rows.size() == 1, "operation " + operation + " had " + std::to_string(rows.size()) + " effects");
    for (auto const& one : all.runs) {
        auto const done = all.processed.find(one.operation);
        if (done == all.processed.end()) continue;
        if (may_have_lost_its_claim(all, one)) continue;
        auto const frozen = frozen_in(all, {done->second, one.claimed});
        result.check(one.claimed <= done->second + commit_takes + frozen,
                     one.process + " ran job " + one.job + ", claimed after its operation had been recorded");
    }
    for (auto const& [job, changes] : all.changes) {
        auto const moved = std::ranges::count(changes, 'I', &change::what);
        result.check(moved <= 1, "job " + job + " was moved " + std::to_string(moved) + " times");
    }
    auto const outside = outside_effects(all);
    auto const repeated = std::ranges::count_if(outside, [](auto const& one) { return one.second.size() > 1; });
    result.note = std::to_string(repeated) + " of " + std::to_string(outside.size()) +
                  " operations with effects outside were done more than once";
    return result;
}

finding no_stale_write_is_accepted(evidence const& all) {
    finding result{"I5", "the fence only rises, and only its holder ends an attempt"};
    auto const runs = by_fence(all);
    for (auto const& [job, changes] : all.changes) {
        for (auto const& one : changes) {
            auto const claimed = one.old_state == "ready" && one.state == "running";
            // by two where the fence between was that of a claim by locks that came to nothing
            auto const rose = one.fence == one.old_fence + 1 || one.fence == one.old_fence + 2;
            if (one.what == 'U')
                result.check(claimed ? rose : one.fence >= one.old_fence, "the fence of job " + job + " went from " +
                                                                              std::to_string(one.old_fence) + " to " +
                                                                              std::to_string(one.fence));
            if (one.what != 'D') continue;
            result.check(was_entitled(all, runs, job, one), "job " + job + " was completed under the fence " +
                                                                std::to_string(fence_of(one)) +
                                                                ", whose run had not come to its end");
        }
    }
    for (auto const& [operation, rows] : all.effects) {
        for (auto const& one : rows) {
            auto const found = all.changes.find(one.job);
            if (found == all.changes.end() || found->second.empty() || found->second.back().what != 'D') continue;
            result.check(fence_of(found->second.back()) == one.fence,
                         "the effect of job " + one.job + " has the fence " + std::to_string(one.fence) +
                             ", its completion " + std::to_string(fence_of(found->second.back())));
        }
    }
    return result;
}

} // namespace txq::chaos
