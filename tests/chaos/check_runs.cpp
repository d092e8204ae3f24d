#include <algorithm>

#include "check_parts.hpp"
#include "kinds.hpp"

namespace txq::chaos {

namespace {

/// When the claim of this fence was written; 0: never, as under a lock, or not known.
micros written_at(evidence const& all, run_record const& run) {
    auto const found = all.changes.find(run.job);
    if (found == all.changes.end()) return 0;
    for (auto const& one : found->second)
        if (one.what == 'U' && one.state == "running" && one.fence == run.fence && one.old_state == "ready")
            return one.at;
    return 0;
}

/// How long a program may take after a pause to notice that its lease is over, and its handler to listen.
constexpr micros reaction = 1'500'000;

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

/// Whether a handler was in a statement that got no answer, for as long as the kernel waits for one. The server has
/// ended its transaction, which comes to nothing; nobody can end the wait.
bool waited_for_nobody(evidence const& all, run_record const& earlier) {
    auto const* what = find_kind(earlier.kind);
    return all.networks_lost && earlier.process.starts_with(far_worker) && earlier.result != "completed" &&
           (!what || what->in_transaction);
}

struct edge {
    micros at;
    int step; ///< +1: a run begins, -1: it ends
};

/// When a run was over for others: its process was stopped, and found dead, and its slots were given on.
micros over_for_others(evidence const& all, run_record const& run, micros lease) {
    auto const found = all.pauses.find(run.process);
    auto end = run.ended;
    if (found == all.pauses.end()) return end;
    for (auto const& pause : found->second)
        if (pause.to == never || pause.to - pause.from > lease / 5)
            if (pause.from >= run.began - clock_grain) end = std::min(end, std::max(pause.from, run.began));
    return end;
}

void check_cap(evidence const& all, cap const& one, micros lease, finding& into) {
    std::vector<edge> edges;
    for (auto const& run : all.runs) {
        if ((one.scope == "kind" ? run.kind : run.queue) != one.name || may_have_lost_its_claim(all, run)) continue;
        auto const end = over_for_others(all, run, lease);
        if (end <= run.began) continue;
        edges.push_back({run.began, 1});
        edges.push_back({end, -1});
    }
    std::ranges::sort(edges, {}, [](edge const& each) { return std::pair{each.at, each.step}; });
    int running = 0;
    for (auto const& each : edges) {
        running += each.step;
        if (each.step > 0)
            into.check(running <= one.max_running, std::to_string(running) + " of " + std::string{one.scope} + " " +
                                                       std::string{one.name} + " ran at once at " +
                                                       std::to_string(each.at));
    }
}

constexpr micros around = 2'000'000; // between an event and its note

/// When the account of what has begun is lost or means something else: the queue lost commits, or its clock stepped.
bool begins_anew_between(evidence const& all, micros from, micros to) {
    auto const between = [&](micros at) { return at > from - around && at < to + around; };
    return std::ranges::any_of(all.queue_clock_steps, between, &clock_step::at) ||
           std::ranges::any_of(all.set_back,
                               [&](span_of_time const& one) { return between(one.from) || between(one.to); });
}

/// Whether a job's time had come when it was made ready: by the queue's clock, or, where that was stepped between a
/// statement's look at it and the note of the trigger, by what it was before.
bool had_come(evidence const& all, change const& one) {
    if (one.noted_at >= one.run_at) return true;
    micros before = 0;
    for (auto const& step : all.queue_clock_steps) {
        if (std::abs(step.at - one.at) < around && one.at + before >= one.run_at) return true;
        before = step.offset;
    }
    return false;
}

/// In no stretch of time more than the burst and what the pace gives in it, and in the half second in which beginnings
/// may be kept. Those of a process that was paused begin when it goes on.
void check_pace(evidence const& all, pace const& one, finding& into) {
    constexpr double spare = 1; // what lies between a beginning and its note
    std::vector<micros> begins;
    for (auto const& run : all.runs)
        if (run.kind == one.kind && !all.pauses.contains(run.process)) begins.push_back(run.began);
    std::ranges::sort(begins);
    auto const allowed = [&](micros time) {
        return one.burst + spare + one.starts_per_second * (static_cast<double>(time) / 1e6 + 0.5);
    };
    std::size_t first = 0;
    double lowest = 0; // of what was used before, less what the pace has given by then
    for (std::size_t i = 0; i < begins.size(); ++i) {
        if (i > 0 && begins_anew_between(all, begins[i - 1], begins[i])) first = i;
        auto const given = one.starts_per_second * static_cast<double>(begins[i] - begins[first]) / 1e6;
        auto const used = static_cast<double>(i - first) - given;
        lowest = i == first ? used : std::min(lowest, used);
        into.check(used - lowest + 1 <= allowed(0),
                   "too many of " + std::string{one.kind} + " had begun by " + std::to_string(begins[i]));
    }
}

} // namespace

finding runs_do_not_overlap(evidence const& all, micros lease) {
    finding result{"I6", "two runs of a job overlap only after a pause"};
    std::unordered_map<std::string, std::vector<run_record const*>> by_job;
    for (auto const& one : all.runs) by_job[one.job].push_back(&one);
    long long zombies = 0;
    long long robbed = 0;
    for (auto& [job, runs] : by_job) {
        std::ranges::sort(runs, {}, &run_record::began);
        for (std::size_t i = 1; i < runs.size(); ++i) {
            auto const& earlier = *runs[i - 1];
            auto const& later = *runs[i];
            auto const overlap = earlier.ended > later.began;
            auto const lost = overlap && may_have_lost_its_claim(all, earlier);
            auto const excused =
                overlap && (lost || waited_for_nobody(all, earlier) || was_paused(all, earlier, later, lease));
            zombies += excused && !lost;
            robbed += lost;
            result.check(!overlap || excused,
                         "job " + job + " ran in " + earlier.process + " and " + later.process + " at the same time");
        }
    }
    result.note = std::to_string(zombies) + " overlapped because a process was paused";
    if (robbed > 0) result.note += ", " + std::to_string(robbed) + " because the queue had lost their claims";
    return result;
}

finding never_too_early(evidence const& all) {
    finding result{"I7", "no delayed job is run before its time"};
    for (auto const& one : all.runs) {
        auto const entry = all.by_job.find(one.job);
        if (entry == all.by_job.end() || all.ledger[entry->second].run_at == 0) continue;
        if (all.clocks_stepped) continue; // each database has a time of its own then
        result.check(one.began >= all.ledger[entry->second].run_at, "job " + one.job + " ran before its time");
    }
    for (auto const& [job, changes] : all.changes)
        for (auto const& one : changes)
            if (one.what == 'U' && one.old_state == "scheduled" && one.state == "ready")
                result.check(had_come(all, one), "job " + job + " was made ready before its time");
    return result;
}

finding limits_hold(evidence const& all, micros lease) {
    finding result{"I9", "no more jobs run at once, or begin in a while, than limits allow"};
    for (auto const& one : caps) check_cap(all, one, lease, result);
    check_pace(all, metered, result);
    return result;
}

finding attempts_are_counted(evidence const& all) {
    finding result{"I13", "a claim is run once; attempts and crashes are bounded"};
    std::map<std::pair<std::string, std::int64_t>, int> runs; // that began when their claim had been written
    std::unordered_map<std::string, int> killings;
    for (auto const& one : all.runs) {
        auto const written = written_at(all, one);
        if (written != 0 && written <= one.began && !may_have_lost_its_claim(all, one))
            result.check(++runs[{one.job, one.fence}] == 1, "job " + one.job + " ran twice for one claim");
        if (one.kind == "killer") // under a lock it is not counted the first time
            result.check(++killings[one.job] <= crash_limit + 1 + static_cast<int>(all.set_back.size()),
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

} // namespace txq::chaos
