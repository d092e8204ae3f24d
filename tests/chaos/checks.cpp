#include "checks.hpp"

#include <algorithm>
#include <map>
#include <regex>

#include "check_parts.hpp"

namespace txq::chaos {

namespace {

std::string in_seconds(double time) { return std::to_string(static_cast<int>(time * 10) / 10.0).substr(0, 4) + " s"; }

finding everything_comes_back(observations const& seen) {
    finding result{"I10", "when the faults are over everything is drained and everybody works"};
    result.checked = seen.probes;
    result.violations = seen.stuck;
    result.violations.insert(result.violations.end(), seen.deserters.begin(), seen.deserters.end());
    if (seen.back_in_s > seen.back_within_s)
        result.violations.push_back("somebody did nothing for " + in_seconds(seen.back_in_s) + " after the faults");
    result.note = "everybody was back after " + in_seconds(seen.back_in_s) + ", all was drained after " +
                  in_seconds(seen.drained_in_s);
    return result;
}

finding nothing_vanishes(observations const& seen) {
    finding result{"I11", "in every snapshot each committed job is somewhere"};
    result.checked = seen.samples;
    result.violations = seen.vanished;
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

finding not_yet(char const* name, char const* what, char const* why) {
    finding result{name, what};
    result.not_checked = why;
    return result;
}

/// In the order of time.
std::string story_of(evidence const& all, std::string const& job) {
    std::multimap<micros, std::string> lines;
    for (auto const& run : all.runs) {
        if (run.job != job) continue;
        auto const who = run.process + " runs it under the fence " + std::to_string(run.fence);
        lines.emplace(run.began, "begins: " + who);
        lines.emplace(run.ended, "ends: " + who + ": " + (run.result.empty() ? "it died" : run.result));
    }
    if (auto const found = all.changes.find(job); found != all.changes.end())
        for (auto const& one : found->second)
            lines.emplace(one.at, std::string{one.what} + " " + one.old_state + " -> " + one.state + ", fence " +
                                      std::to_string(one.old_fence) + " -> " + std::to_string(one.fence) +
                                      ", crashes " + std::to_string(one.crashes));
    auto const entry = all.by_job.find(job);
    auto const done = all.processed.find(entry == all.by_job.end() ? job : all.ledger[entry->second].operation);
    if (done != all.processed.end()) lines.emplace(done->second, "recorded");
    std::string text =
        "job " + job + (entry == all.by_job.end() ? ", in no ledger" : ", " + all.ledger[entry->second].kind) + "\n";
    for (auto const& [at, what] : lines)
        text += "    " + (at == never ? "never" : std::to_string(at)) + ' ' + what + '\n';
    return text;
}

} // namespace

std::string stories_of_violations(evidence const& all, std::vector<finding> const& findings) {
    constexpr std::size_t most = 5;
    static std::regex const id{"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"};
    std::string text;
    for (auto const& one : findings) {
        for (std::size_t i = 0; i < std::min(most, one.violations.size()); ++i) {
            std::smatch found;
            text += one.name + ": " + one.violations[i] + '\n';
            if (std::regex_search(one.violations[i], found, id)) text += story_of(all, found.str());
        }
    }
    return text;
}

std::vector<finding> check(evidence const& all, observations const& seen, micros lease) {
    return {every_job_ends_as_it_must(all),
            nothing_without_a_commit(all),
            effects_happen_once(all),
            orders_are_kept(all),
            no_stale_write_is_accepted(all),
            runs_do_not_overlap(all, lease),
            never_too_early(all),
            schedules_run_once(all),
            limits_hold(all, lease),
            everything_comes_back(seen),
            nothing_vanishes(seen),
            not_yet("I12", "claims stay cheap under a held horizon",
                    "timing under load says nothing; see tests/db/plans_test.cpp"),
            attempts_are_counted(all),
            applications_are_not_disturbed(all),
            poison_blocks_nobody(all),
            keys_have_one_job(all)};
}

} // namespace txq::chaos
