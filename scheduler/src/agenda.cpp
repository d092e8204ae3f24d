#include "agenda.hpp"

#include <algorithm>

namespace txq {

using std::chrono::seconds;

bool agenda::on_time(sys_seconds now) {
    auto const went_back = now + seconds{1} < now_;
    now_ = went_back ? now : std::max(now, now_);
    if (went_back) {
        entries_.clear();
        by_time_.clear();
    }
    return went_back;
}

void agenda::put(entry one) {
    auto const known = entries_.find(one.name);
    if (known != entries_.end() && known->second.what.version == one.version) return;
    remove(one.name);
    auto const base = one.base;
    auto name = one.name;
    advance(entries_.emplace(std::move(name), item{std::move(one), {}}).first->second, base);
}

void agenda::remove(std::string const& name) {
    auto const known = entries_.find(name);
    if (known == entries_.end()) return;
    wake_at(known->second, {});
    entries_.erase(known);
}

std::vector<agenda::run> agenda::due(std::size_t limit, std::vector<std::string>& left_out) {
    std::vector<run> runs;
    auto at = by_time_.begin();
    while (at != by_time_.end() && at->first <= now_ && runs.size() < limit) {
        auto& one = entries_.at((at++)->second); // before it is moved to another place
        auto const due = decide(one.what.what, one.what.missed, one.what.base, now_);
        if (due.left_out) left_out.push_back(one.what.name);
        for (auto const time : due.times) runs.push_back({one.what.name, one.what.version, time});
        if (due.times.empty()) advance(one, now_);
    }
    return runs;
}

void agenda::on_results(std::vector<result> const& results) {
    std::set<std::string> unfinished;
    for (auto const& one : results) {
        if (one.what == outcome::done) continue;
        unfinished.insert(one.name);
        if (one.what == outcome::gone) remove(one.name);
    }
    for (auto const& one : results) {
        auto const known = entries_.find(one.name);
        if (known == entries_.end()) continue;
        auto& there = known->second;
        if (unfinished.contains(one.name))
            wake_at(there, now_ + seconds{1}); // all of its times again: those that are done stay so
        else
            advance(there, std::max(there.what.base, one.time));
    }
}

std::optional<sys_seconds> agenda::next() const {
    return by_time_.empty() ? std::nullopt : std::optional{by_time_.begin()->first};
}

void agenda::advance(item& one, sys_seconds base) {
    one.what.base = base;
    wake_at(one, schedules::next(one.what.what, base));
}

void agenda::wake_at(item& one, std::optional<sys_seconds> time) {
    if (one.wake) by_time_.erase({*one.wake, one.what.name});
    one.wake = time;
    if (time) by_time_.emplace(*time, one.what.name);
}

} // namespace txq
