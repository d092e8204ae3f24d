#include <algorithm>
#include <map>
#include <set>

#include "check_parts.hpp"
#include "kinds.hpp"

namespace txq::chaos {

namespace {

std::string state_of(evidence const& all, ledger_entry const& one) {
    if (auto const found = all.jobs.find(one.job); found != all.jobs.end()) return found->second.state;
    if (all.processed.contains(one.operation)) return "processed";
    if (all.left_to.contains(one.job)) return "left to another job, which is not done";
    return all.rejected.contains(one.job) ? "rejected" : "nowhere";
}

/// Whether a job with the same unique key stands for this one, and has been done.
bool another_is_done(evidence const& all, ledger_entry const& one) {
    auto const other = all.left_to.find(one.job);
    if (other == all.left_to.end()) return false;
    auto const row = all.jobs.find(other->second);
    return row == all.jobs.end() ? all.processed.contains(other->second) && all.effects.contains(other->second)
                                 : died_with_its_workers(row->second);
}

std::string describe(ledger_entry const& one) { return one.kind + " job " + one.job; }

} // namespace

bool waits_or_runs(std::string const& state) {
    return state == "waiting" || state == "scheduled" || state == "ready" || state == "running";
}

bool died_with_its_workers(job_row const& row) {
    return row.state == "dead" && row.crashes >= crash_limit && row.deaths >= crash_limit;
}

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
        if (another_is_done(all, one)) {
            result.check(true, "");
            continue;
        }
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
    std::unordered_set<std::string> scheduled;
    for (auto const& [time, job] : all.ticks) scheduled.insert(job);
    auto const was_committed = [&](std::string const& job) {
        return all.by_job.contains(job) || all.forgotten.contains(job) || scheduled.contains(job);
    };
    for (auto const& one : all.runs)
        result.check(was_committed(one.job), one.process + " ran job " + one.job + ", which no ledger has");
    long long forgotten = 0;
    for (auto const& [job, changes] : all.changes) {
        result.check(was_committed(job), "job " + job + " is in the queue and in no ledger");
        forgotten += all.forgotten.contains(job);
    }
    if (!all.forgotten.empty())
        result.note = std::to_string(all.forgotten.size()) + " commits were lost in failovers, after " +
                      std::to_string(forgotten) + " of their jobs had been moved";
    return result;
}

/// A job that is dead is passed over: it lets those behind it go on.
finding orders_are_kept(evidence const& all) {
    finding result{"I4", "the effects of jobs with the same order key come in the order of their commits"};
    std::map<std::string, std::map<int, ledger_entry const*>> orders;
    for (auto const& one : all.ledger)
        if (!one.order_key.empty()) orders[one.order_key][one.place] = &one;
    for (auto const& [key, jobs] : orders) {
        std::int64_t before = 0;
        for (auto const& [place, entry] : jobs) {
            auto const found = all.effects.find(entry->operation);
            if (found == all.effects.end()) continue;
            auto const number = found->second.front().number;
            result.check(number > before, "job " + entry->job + ", number " + std::to_string(place) + " of " + key +
                                              ", had its effect before the one before it");
            before = std::max(before, number);
        }
    }
    return result;
}

finding schedules_run_once(evidence const& all) {
    finding result{"I8", "each time of a schedule has one job, which is run"};
    constexpr micros second = 1'000'000;
    auto before = never;
    for (auto const& [time, job] : all.ticks) {
        auto const found = all.jobs.find(job);
        auto const killed = found != all.jobs.end() && died_with_its_workers(found->second);
        auto const done = all.processed.contains(job) && all.effects.contains(job) && all.effects.at(job).size() == 1;
        result.check(killed || done, "the job " + job + " of " + std::to_string(time) + " is not done once");
        if (time == before) {
            result.check(false, "the time " + std::to_string(time) + " has two jobs, one of which is " + job);
            continue;
        }
        result.check(all.clocks_stepped || before == never || time == before + second,
                     "no job between those of " + std::to_string(before) + " and " + std::to_string(time));
        before = time;
    }
    return result;
}

/// By the numbers of the changes: a job is added when the end of the one before it has been committed.
finding keys_have_one_job(evidence const& all) {
    finding result{"I16", "of the jobs of a unique key no two wait or run at once"};
    std::map<std::string, std::map<std::int64_t, std::pair<std::string, bool>>> keys; // jobs, and whether they live
    for (auto const& [job, changes] : all.changes)
        for (auto const& one : changes)
            if (!one.unique_key.empty()) keys[one.unique_key][one.number] = {job, waits_or_runs(one.state)};
    for (auto const& [key, changes] : keys) {
        std::set<std::string> living;
        for (auto const& [number, change] : changes) {
            auto const& [job, lives] = change;
            if (!lives)
                living.erase(job);
            else if (living.insert(job).second)
                result.check(living.size() == 1, "job " + job + " was added while another one had its key, " + key);
        }
    }
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

} // namespace txq::chaos
