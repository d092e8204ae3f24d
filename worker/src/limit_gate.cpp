#include "limit_gate.hpp"

#include <algorithm>

namespace txq {

bool limit_gate::try_begin(attempt& one) {
    one.stage = attempt::stage_of::running; // before the look at the flag: see learn
    if (!any_) return true;
    std::lock_guard const lock{mutex_};
    if (!one.counts.empty()) return true; // has been counted as running meanwhile
    auto const now = clock::now();
    if (may_begin(one, now)) {
        count(one);
        spend(one, now);
        return true;
    }
    one.stage = attempt::stage_of::waiting;
    blocked_ = true;
    for (auto& each : entries_)
        if (each.what.of.covers(one.job) && !each.has_room(now)) each.short_of = true;
    return false;
}

bool limit_gate::has_room(attempt const& one) const {
    if (!any_) return true;
    std::lock_guard const lock{mutex_};
    return may_begin(one, clock::now());
}

bool limit_gate::may_begin(attempt const& one, clock::time_point now) const {
    return std::ranges::all_of(entries_, [&](entry const& each) {
        return !each.what.of.covers(one.job) || (one.worker == worker_ && each.has_room(now));
    });
}

void limit_gate::count(attempt& one) {
    for (auto& each : entries_) {
        if (!each.what.of.covers(one.job)) continue;
        one.counts.push_back(each.what.id);
        each.peak = std::max(each.peak, ++each.in_use);
    }
}

void limit_gate::spend(attempt const& one, clock::time_point now) {
    for (auto& each : entries_) {
        if (each.what.rate <= 0 || !each.what.of.covers(one.job)) continue;
        each.stock.take(now);
        ++each.spent;
    }
}

void limit_gate::on_over(attempt& one) {
    one.stage = attempt::stage_of::over;
    if (!any_) return;
    auto room = false;
    {
        std::lock_guard const lock{mutex_};
        for (auto const id : one.counts)
            if (auto* const each = find(id)) --each->in_use;
        room = !one.counts.empty() && std::exchange(blocked_, false);
        one.counts.clear();
    }
    if (room) tell_room(false);
}

std::optional<limit_gate::ask> limit_gate::begin_claim(std::string const& queue, std::vector<std::string> const& kinds,
                                                       int wanted, std::function<int(int)> const& ahead, bool whole) {
    ask result{wanted, {}, {}};
    auto tempted = false;
    std::unique_lock lock{mutex_};
    auto const refuse = [&](entry& one) {
        one.tempted = true;
        tempted = tempted || one.is_out(clock::now());
    };
    for (auto& one : entries_) {
        if (one.what.of.scope != limit_scope::queue || one.what.of.name != queue) continue;
        auto const room = room_to_claim(one, ahead);
        if (room <= 0) refuse(one);
        if (room < result.jobs) result.bound.push_back(one.what.id);
        result.jobs = std::min(result.jobs, room);
    }
    for (auto& one : entries_) {
        if (result.jobs <= 0) break;
        if (one.what.of.scope != limit_scope::kind || !std::ranges::binary_search(kinds, one.what.of.name)) continue;
        auto const room = room_to_claim(one, ahead);
        if (room >= result.jobs) continue;
        if (room <= 0) refuse(one);
        if (room <= 0 || whole) {
            result.without.push_back(one.what.of.name);
        } else {
            result.bound.push_back(one.what.id);
            result.jobs = room;
        }
    }
    auto const nothing = result.jobs <= 0 || result.without.size() == kinds.size();
    lock.unlock();
    if (tempted) tell_short();
    return nothing ? std::nullopt : std::optional{std::move(result)};
}

int limit_gate::room_to_claim(entry const& one, std::function<int(int)> const& ahead) const {
    auto const now = clock::now();
    if (one.is_out(now)) return 0;
    auto in_hand = 0;
    auto waiting = 0;
    attempts_.for_each([&](attempt const& each) {
        if (!one.what.of.covers(each.job)) return;
        ++in_hand;
        waiting += each.stage == attempt::stage_of::waiting;
    });
    auto const usable = one.usable();
    auto room = running_limit::any_number;
    if (usable != running_limit::any_number) room = usable + ahead(usable) - in_hand;
    return std::min(room, one.starts(now) - waiting);
}

void limit_gate::on_all_got(ask const& what) {
    std::lock_guard const lock{mutex_};
    for (auto const id : what.bound)
        if (auto* const one = find(id)) one->short_of = true;
}

attempt::counting limit_gate::counting_of(raw_job const& job) const {
    auto result = attempt::counting::none;
    if (!any_counted_) return result;
    std::lock_guard const lock{mutex_};
    for (auto const& one : counted_)
        if (one.of.covers(job))
            result = std::max(result, one.by_payload ? attempt::counting::by_payload : attempt::counting::by_names);
    return result;
}

void limit_gate::know_counted(std::vector<counted_limit> those) {
    std::lock_guard const lock{mutex_};
    counted_ = std::move(those);
    any_counted_ = !counted_.empty();
}

void limit_gate::learn(std::int64_t worker, std::vector<running_limit> const& limits, clock::time_point sent) {
    auto changed = false;
    {
        std::lock_guard const lock{mutex_};
        changed = !std::ranges::equal(
            entries_, limits, {}, [](entry const& one) { return one.what.id; }, &running_limit::id);
        if (worker != worker_)
            for (auto& one : entries_) one.slots = one.target = 0;
        worker_ = worker;
        if (changed) {
            std::vector<entry> entries;
            for (auto const& one : limits) {
                auto const* const known = find(one.id);
                entries.push_back(known ? *known : entry{one});
            }
            entries_ = std::move(entries);
            any_ = !entries_.empty(); // from here on whoever begins counts itself
            recount();                // and who began before that is seen here
        }
        for (std::size_t i = 0; i < limits.size(); ++i) entries_[i].what = limits[i];
    }
    learned_at_ = sent;
    if (changed) tell_room(true);
}

void limit_gate::recount() {
    for (auto& one : entries_) one.in_use = 0;
    for (auto const& one : attempts_.all()) {
        one->counts.clear();
        if (one->stage == attempt::stage_of::running) count(*one);
    }
}

limit_gate::usage limit_gate::take_usage(std::int64_t limit) {
    std::lock_guard const lock{mutex_};
    auto* const one = find(limit);
    if (!one) return {};
    auto const now = clock::now();
    usage const result{one->slots, one->in_use,   one->peak,   one->stock.left(now),
                       one->spent, one->short_of, one->tempted};
    one->peak = one->in_use;
    one->short_of = false;
    one->spent = 0;
    if (!one->is_out(now)) one->tempted = false;
    return result;
}

int limit_gate::aim(std::int64_t limit, int target) {
    std::lock_guard const lock{mutex_};
    auto* const one = find(limit);
    if (!one) return 0;
    one->target = target;
    one->slots = std::min(one->slots, std::max(target, one->in_use));
    return std::max(one->slots, one->in_use);
}

void limit_gate::on_granted(std::int64_t worker, std::int64_t limit, int slots) {
    auto more = false;
    {
        std::lock_guard const lock{mutex_};
        auto* const one = find(limit);
        if (!one || worker != worker_) return;
        more = std::min(slots, one->target) > one->usable();
        one->slots = slots;
        if (more) blocked_ = false;
    }
    if (more) tell_room(true);
}

void limit_gate::on_starts(std::int64_t limit, int starts, clock::time_point sent) {
    {
        std::lock_guard const lock{mutex_};
        auto* const one = find(limit);
        if (!one || starts <= 0) return;
        one->stock.add(starts, sent);
        blocked_ = false;
    }
    tell_room(true);
}

limit_gate::entry* limit_gate::find(std::int64_t limit) {
    auto const found = std::ranges::find(entries_, limit, [](entry const& one) { return one.what.id; });
    return found == entries_.end() ? nullptr : &*found;
}

int limit_gate::on_room(std::function<void(bool)> call) {
    std::lock_guard const lock{listeners_mutex_};
    listeners_.emplace_back(++last_listener_, std::move(call));
    return last_listener_;
}

void limit_gate::forget(int listener) {
    std::lock_guard const lock{listeners_mutex_};
    std::erase_if(listeners_, [&](auto const& one) { return one.first == listener; });
}

void limit_gate::on_short(std::function<void()> call) {
    std::lock_guard const lock{listeners_mutex_};
    on_short_ = std::move(call);
}

void limit_gate::tell_room(bool more) {
    std::lock_guard const lock{listeners_mutex_};
    for (auto const& [number, call] : listeners_) call(more);
}

void limit_gate::tell_short() {
    std::lock_guard const lock{listeners_mutex_};
    if (on_short_) on_short_();
}

} // namespace txq
