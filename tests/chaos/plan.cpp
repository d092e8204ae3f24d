#include "plan.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <stdexcept>

#include "random.hpp"

namespace txq::chaos {

namespace {

using std::chrono::milliseconds;

/// How often a fault happens on average, and for which part of a lease it lasts.
struct habit {
    milliseconds every;
    double shortest = 0;
    double longest = 0;
};

habit habit_of(fault which) {
    using namespace std::chrono_literals;
    switch (which) {
    case fault::kill: return {1500ms};
    case fault::stop: return {2500ms, 0.1, 2.5};
    case fault::backend: return {1000ms};
    case fault::cut_before: return {250ms};
    case fault::cut_after: return {250ms};
    case fault::stall: return {3000ms, 0.1, 2.0};
    case fault::crash: return {8s};
    case fault::outage: return {30s, 1.2, 2.0};
    case fault::disk_full: return {20s, 0.2, 1.5};
    case fault::horizon: return {5s, 0.5, 3.0};
    case fault::clock: return {15s, 0.1, 1.5};
    case fault::program_clock: return {6s, 0.1, 2.0};
    case fault::failpoint: return {2s};
    case fault::partition: return {7s, 0.2, 2.5};
    case fault::packet_loss: return {8s, 0.5, 3.0};
    case fault::failover: return {20s};
    case fault::lossy_failover: return {30s, 0.1, 1.0};
    case fault::server_kill: return {12s};
    case fault::freeze: return {12s, 0.1, 2.5};
    }
    throw std::logic_error{"not a fault"};
}

milliseconds part_of(milliseconds whole, double share) {
    return milliseconds{static_cast<milliseconds::rep>(static_cast<double>(whole.count()) * share)};
}

} // namespace

std::string_view name(fault which) noexcept {
    switch (which) {
    case fault::kill: return "kill";
    case fault::stop: return "stop";
    case fault::backend: return "backend";
    case fault::cut_before: return "cut-before";
    case fault::cut_after: return "cut-after";
    case fault::stall: return "stall";
    case fault::crash: return "crash";
    case fault::outage: return "outage";
    case fault::disk_full: return "disk-full";
    case fault::horizon: return "horizon";
    case fault::clock: return "clock";
    case fault::program_clock: return "program-clock";
    case fault::failpoint: return "failpoint";
    case fault::partition: return "partition";
    case fault::packet_loss: return "packet-loss";
    case fault::failover: return "failover";
    case fault::lossy_failover: return "lossy-failover";
    case fault::server_kill: return "server-kill";
    case fault::freeze: return "freeze";
    }
    return "?";
}

std::set<fault> faults_of(std::string const& list) {
    if (list == "none") return {};
    if (list == "all") return {std::begin(all_faults), std::end(all_faults)};
    std::set<fault> result;
    std::istringstream words{list};
    for (std::string word; std::getline(words, word, ',');) {
        auto const* const found = std::ranges::find(all_faults, std::string_view{word}, name);
        if (found == std::end(all_faults)) throw std::invalid_argument{"there is no fault named " + word};
        result.insert(*found);
    }
    return result;
}

std::string planned_fault::describe() const {
    std::ostringstream text;
    text << at.count() << "ms " << name(what) << " #" << target % 1000;
    if (lasts.count() > 0) text << " for " << lasts.count() << "ms";
    return text.str();
}

std::vector<planned_fault> make_plan(std::uint64_t seed, milliseconds length, milliseconds lease,
                                     std::set<fault> const& which) {
    std::vector<planned_fault> plan;
    for (auto const one : which) {
        // each fault has numbers of its own: leaving one out changes nothing about the others
        auto numbers = random{seed}.fork(static_cast<std::uint64_t>(one) + 1);
        auto const habit = habit_of(one);
        for (milliseconds at{0};;) {
            at += part_of(habit.every, -std::log(1.0 - numbers.share()));
            if (at >= length) break;
            auto const target = static_cast<std::uint32_t>(numbers.next());
            auto const share = habit.shortest + (habit.longest - habit.shortest) * numbers.share();
            plan.push_back({at, one, target, part_of(lease, share)});
        }
    }
    std::ranges::stable_sort(plan, {}, &planned_fault::at);
    return plan;
}

} // namespace txq::chaos
