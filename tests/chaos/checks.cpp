#include "checks.hpp"

#include <algorithm>

#include "kinds.hpp"

namespace txq::chaos {

namespace {

/// How much a row's clock_timestamp may lie before the commit that shows it to others.
constexpr micros commit_takes = 200'000;
/// By how much two readings of the machine's clock may be in the wrong order.
constexpr micros clock_grain = 10'000;
/// How long a program may take after a pause to notice that its lease is over, and its handler to listen.
constexpr micros reaction = 1'500'000;

/// Killed with its workers as often as the limit allows, which may happen to any job.
bool died_with_its_workers(job_row const& row) {
    return row.state == "dead" && row.crashes >= crash_limit && row.deaths >= crash_limit;
}

std::string state_of(evidence const& all, ledger_entry const& one) {
    if (auto const found = all.jobs.find(one.job); found != all.jobs.end()) return found->second.state;
    if (all.processed.contains(one.operation)) return "processed";
    return all.rejected.contains(one.job) ? "rejected" : "nowhere";
}

std::string describe(ledger_entry const& one) { return one.kind + " job " + one.job; }

/// Operations that a handler without a transaction has done something for.
std::unordered_map<std::string, std::vector<run_record const*>> outside_effects(evidence const& all) {
    std::unordered_map<std::string, std::vector<run_record const*>> result;
    for (auto const& one : all.runs)
        if (one.effect != 0) result[one.operation].push_back(&one);
    return result;
}

finding every_job_ends_as_it_must(evidence const& all) {
    finding result{"I1", "every committed job comes to its end, with its effect"};
    auto const outside = outside_effects(all);
    long long killed = 0;
    for (auto const& one : all.ledger) {
        auto const* what = find_kind(one.kind);
        if (!what || what->ends == fate::rejected) continue; // see I15
        auto const found = all.jobs.find(one.job);
        if (found != all.jobs.end() && died_with_its_workers(found->second)) {
            killed += one.kind != "killer";
            result.check(true, "");
            continue;
        }
        auto const state = state_of(all, one);
        if (what->ends != fate::processed) {
            auto const* expected = what->ends == fate::dead ? "dead" : "discarded";
            result.check(state == expected, describe(one) + " is " + state + ", expected: " + expected);
            continue;
        }
        auto const done = what->in_transaction ? all.effects.contains(one.operation) : outside.contains(one.operation);
        result.check(state == "processed" && done,
                     describe(one) + " is " + state + (done ? "" : ", without its effect"));
    }
    result.note = std::to_string(killed) + " others were held at three deaths of workers and are dead, as they must be";
    return result;
}

finding nothing_without_a_commit(evidence const& all) {
    finding result{"I2", "nothing is run that was not committed"};
    for (auto const& one : all.runs)
        result.check(all.by_job.contains(one.job), one.process + " ran job " + one.job + ", which no ledger has");
    for (auto const& [job, changes] : all.changes)
        result.check(all.by_job.contains(job), "job " + job + " is in the queue and in no ledger");
    return result;
}

/// When the claim of this fence was written; 0: never, as under a lock, or not known.
micros claimed_at(evidence const& all, run_record const& run) {
    auto const found = all.changes.find(run.job);
    if (found == all.changes.end()) return 0;
    for (auto const& one : found->second)
        if (one.what == 'U' && one.state == "running" && one.fence == run.fence && one.old_state == "ready")
            return one.at;
    return 0;
}

/// Whether its process had no time shortly before a run began.
bool was_paused_before(evidence const& all, run_record const& run) {
    constexpr micros shortly = 5'000'000;
    auto const found = all.pauses.find(run.process);
    return found != all.pauses.end() && std::ranges::any_of(found->second, [&](span_of_time const& pause) {
               return pause.from < run.began && pause.to > run.began - shortly;
           });
}

finding effects_happen_once(evidence const& all) {
    finding result{"I3", "effects in transactions happen once; none after the record"};
    for (auto const& [operation, rows] : all.effects)
        result.check(rows.size() == 1, "operation " + operation + " had " + std::to_string(rows.size()) + " effects");
    for (auto const& one : all.runs) {
        auto const done = all.processed.find(one.operation);
        if (done == all.processed.end()) continue;
        auto const written = claimed_at(all, one);
        if (written == 0 && was_paused_before(all, one)) continue; // it may have been claimed long before it began
        result.check((written == 0 ? one.began : written) <= done->second + commit_takes,
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
    if (auto const found = runs.find({job, fence_of(completion)}); found != runs.end())
        return std::ranges::any_of(found->second, through);
    auto const entry = all.by_job.find(job);
    auto const done = all.processed.find(entry == all.by_job.end() ? job : all.ledger[entry->second].operation);
    return done != all.processed.end() && done->second <= completion.at;
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
                result.check(claimed ? rose : one.fence >= one.old_fence,
                             "the fence of job " + job + " went from " + std::to_string(one.old_fence) + " to " +
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

/// Whether a process was kept from running while others might have taken its job, and stopped as soon as it could.
bool was_paused(evidence const& all, run_record const& earlier, run_record const& later, micros lease) {
    auto const found = all.pauses.find(earlier.process);
    if (found == all.pauses.end()) return false;
    return std::ranges::any_of(found->second, [&](span_of_time const& pause) {
        auto const long_enough = pause.to == never || pause.to - pause.from > lease / 5;
        return long_enough && pause.from < later.began && pause.to > earlier.began &&
               (pause.to == never || earlier.ended <= pause.to + reaction);
    });
}

finding runs_do_not_overlap(evidence const& all, micros lease) {
    finding result{"I6", "two runs of a job overlap only after a pause"};
    std::unordered_map<std::string, std::vector<run_record const*>> by_job;
    for (auto const& one : all.runs) by_job[one.job].push_back(&one);
    long long zombies = 0;
    for (auto& [job, runs] : by_job) {
        std::ranges::sort(runs, {}, &run_record::began);
        for (std::size_t i = 1; i < runs.size(); ++i) {
            auto const& earlier = *runs[i - 1];
            auto const& later = *runs[i];
            auto const overlap = earlier.ended > later.began;
            auto const excused = overlap && was_paused(all, earlier, later, lease);
            zombies += excused;
            result.check(!overlap || excused,
                         "job " + job + " ran in " + earlier.process + " and " + later.process + " at the same time");
        }
    }
    result.note = std::to_string(zombies) + " overlapped because a process was paused";
    return result;
}

finding never_too_early(evidence const& all) {
    finding result{"I7", "no delayed job is run before its time"};
    for (auto const& one : all.runs) {
        auto const entry = all.by_job.find(one.job);
        if (entry == all.by_job.end() || all.ledger[entry->second].run_at == 0) continue;
        result.check(one.began >= all.ledger[entry->second].run_at, "job " + one.job + " ran before its time");
    }
    for (auto const& [job, changes] : all.changes)
        for (auto const& one : changes)
            if (one.what == 'U' && one.old_state == "scheduled" && one.state == "ready")
                result.check(one.at >= one.run_at, "job " + job + " was made ready before its time");
    return result;
}

finding everything_comes_back(observations const& seen) {
    finding result{"I10", "when the faults are over everything is drained and everybody works"};
    result.checked = seen.probes;
    result.violations = seen.stuck;
    result.violations.insert(result.violations.end(), seen.deserters.begin(), seen.deserters.end());
    result.note = "drained in " + std::to_string(static_cast<int>(seen.drained_in_s * 10) / 10.0).substr(0, 4) + " s";
    return result;
}

finding nothing_vanishes(observations const& seen) {
    finding result{"I11", "in every snapshot each committed job is somewhere"};
    result.checked = seen.samples;
    result.violations = seen.vanished;
    return result;
}

finding attempts_are_counted(evidence const& all) {
    finding result{"I13", "a claim is run once; attempts and crashes are bounded"};
    std::map<std::pair<std::string, std::int64_t>, int> runs; // that began when their claim had been written
    std::unordered_map<std::string, int> killings;
    for (auto const& one : all.runs) {
        auto const written = claimed_at(all, one);
        if (written != 0 && written <= one.began)
            result.check(++runs[{one.job, one.fence}] == 1, "job " + one.job + " ran twice for one claim");
        if (one.kind == "killer") // under a lock it is not counted the first time
            result.check(++killings[one.job] <= crash_limit + 1,
                         "job " + one.job + " killed more workers than the limit");
    }
    for (auto const& [job, row] : all.jobs) {
        auto const entry = all.by_job.find(job);
        if (entry == all.by_job.end() || row.state != "dead") continue;
        auto const* what = find_kind(all.ledger[entry->second].kind);
        result.check(what && row.attempt <= what->max_attempts, "job " + job + " has had too many attempts");
        if (what && what->name == "doomed" && row.crashes < crash_limit)
            result.check(row.attempt == what->max_attempts, "job " + job + " is dead before its attempts were used up");
    }
    return result;
}

/// What an application has to expect of any database: a connection that ends.
bool is_connection_trouble(std::string const& state) {
    return state.empty() || state.starts_with("57P") || state.starts_with("08") || state.starts_with("53");
}

finding applications_are_not_disturbed(evidence const& all) {
    finding result{"I14", "no application's transaction fails because of txq"};
    std::map<std::string, long long> count;
    std::vector<micros> took;
    for (auto const& one : all.producers) {
        auto const what = one.value("e", "");
        ++count[what];
        if (one.contains("us")) took.push_back(one["us"]);
        result.check(what != "failed" || is_connection_trouble(one.value("state", "")), one.dump());
    }
    std::ranges::sort(took);
    if (!took.empty())
        result.note = "half of the commits took " + std::to_string(took[took.size() / 2]) + " us or less";
    return result;
}

finding poison_blocks_nobody(evidence const& all) {
    finding result{"I15", "what cannot be moved is put aside, and its neighbours go on"};
    for (auto const& one : all.ledger) {
        if (one.kind != "poison") continue;
        auto const state = state_of(all, one);
        result.check(state == "rejected", describe(one) + " is " + state);
    }
    return result;
}

finding not_yet(char const* name, char const* what, char const* why) {
    finding result{name, what};
    result.not_checked = why;
    return result;
}

} // namespace

std::vector<finding> check(evidence const& all, observations const& seen, micros lease) {
    return {every_job_ends_as_it_must(all),
            nothing_without_a_commit(all),
            effects_happen_once(all),
            not_yet("I4", "the order within a key", "txq has no ordering keys yet"),
            no_stale_write_is_accepted(all),
            runs_do_not_overlap(all, lease),
            never_too_early(all),
            not_yet("I8", "each firing of a schedule once", "no schedules in this workload yet"),
            not_yet("I9", "caps and rates", "txq has no caps and rates yet"),
            everything_comes_back(seen),
            nothing_vanishes(seen),
            not_yet("I12", "claims stay cheap under a held horizon",
                    "timing under load says nothing; see tests/db/plans_test.cpp"),
            attempts_are_counted(all),
            applications_are_not_disturbed(all),
            poison_blocks_nobody(all)};
}

} // namespace txq::chaos
