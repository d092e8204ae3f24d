#include "claim_desk.hpp"

#include <algorithm>

#include <txq/detail/planted.hpp>

namespace txq {

namespace {

/// Places in fair queues begin here: see txq.last_place.
constexpr std::int64_t first_fair_place = std::int64_t{1} << 40;

} // namespace

claim_desk::claim_desk(claim_loop::limits limits, std::vector<std::string> queues, std::function<void()> wake)
    : queues_{std::move(queues)},
      wake_{std::move(wake)},
      loop_{limits} {}

void claim_desk::on_maybe_more() {
    std::lock_guard const lock{mutex_};
    loop_.on_maybe_more();
    look_at_ = std::min(look_at_, clock::now() + aftermath);
    wake_lockers();
}

void claim_desk::look_everywhere() {
    std::lock_guard const lock{mutex_};
    loop_.on_maybe_more();
    look_at_ = clock::time_point::max();
    for (auto const& queue : queues_) floors_.try_emplace(queue);
    for (auto& [lane, floor] : floors_) floor.want_sweep();
    wake_lockers();
}

claim_desk::clock::time_point claim_desk::look_at() const {
    std::lock_guard const lock{mutex_};
    TXQ_IF_PLANTED("notify-only", return clock::time_point::max())
    return look_at_;
}

claim_desk::clock::time_point claim_desk::sweep_at() const {
    std::lock_guard const lock{mutex_};
    return next_sweep();
}

claim_loop::claim claim_desk::begin_leasing(clock::time_point now) {
    std::lock_guard const lock{mutex_};
    take_account();
    auto const sweeps = now >= next_sweep();
    if (sweeps) on_due(now);
    if (loop_.how() == claim_loop::by::lock) return sweeps ? loop_.begin_extra() : claim_loop::claim{};
    if (sweeps) loop_.on_maybe_more();
    return loop_.begin();
}

std::optional<claim_loop::claim> claim_desk::wait_to_lock(clock::time_point until) {
    std::unique_lock lock{mutex_};
    for (;;) {
        if (closed_) return std::nullopt;
        take_account();
        if (loop_.how() == claim_loop::by::lock)
            if (auto const claim = loop_.begin(); claim.jobs > 0) return claim;
        if (clock::now() >= until) return claim_loop::claim{};
        if (until == clock::time_point::max()) // which the clock of a condition variable may not be able to express
            to_lock_.wait(lock);
        else
            to_lock_.wait_until(lock, until);
    }
}

void claim_desk::close() {
    {
        std::lock_guard const lock{mutex_};
        closed_ = true;
    }
    to_lock_.notify_all();
}

bool claim_desk::pause(std::chrono::milliseconds how_long) {
    std::unique_lock lock{mutex_};
    return !to_lock_.wait_for(lock, how_long, [this] { return closed_; });
}

void claim_desk::end(claim_loop::claim const& which, claim_loop::claimed const& got) {
    auto first_since_looking = false;
    {
        std::lock_guard const lock{mutex_};
        loop_.end(which, got);
        if (got.jobs > 0) {
            first_since_looking = look_at_ == clock::time_point::max();
            look_at_ = std::min(look_at_, clock::now() + aftermath);
        }
        wake_lockers();
    }
    if (first_since_looking) wake_();
}

lookout::look claim_desk::begin(std::string const& lane, clock::time_point now, bool may_sweep) {
    std::lock_guard const lock{mutex_};
    auto look = floors_[lane].begin(now, may_sweep);
    look.epoch = epoch_;
    return look;
}

std::optional<lookout::look> claim_desk::begin_turn(std::string const& lane, clock::time_point now, int wanted,
                                                    bool may_sweep) {
    std::lock_guard const lock{mutex_};
    auto look = floors_[lane].begin_turn(now, wanted, may_sweep);
    if (look) look->epoch = epoch_;
    return look;
}

void claim_desk::end(std::string const& lane, lookout::look look, attempts const& found, bool all, int parked) {
    std::lock_guard const lock{mutex_};
    if (look.epoch != epoch_) return; // what it has found says nothing about what lies below
    auto& floor = floors_[lane];
    for (auto const& one : found) floor.on_claimed(look, one->job.priority, one->seq);
    look.parked = parked;
    floor.end(look, clock::now(), all);
}

std::vector<queue_progress> claim_desk::take_progress() {
    std::lock_guard const lock{mutex_};
    std::vector<queue_progress> all;
    for (auto& [lane, floor] : floors_) {
        // that of claims without some kinds (see limited_claims) may be far beyond jobs of these
        if (lane.find('\n') != lane.npos) continue;
        auto const progress = floor.take_progress();
        if (!progress) continue;
        auto const& [now, before] = *progress;
        for (std::size_t level = 0; level < now.size(); ++level)
            if (now[level] > before[level] && now[level] >= first_fair_place)
                all.push_back({lane, static_cast<int>(level), now[level], before[level]});
    }
    return all;
}

void claim_desk::forget_floors() {
    std::lock_guard const lock{mutex_};
    floors_.clear();
    ++epoch_;
}

void claim_desk::on_ran(std::chrono::nanoseconds took) {
    took_ += took.count();
    ++ran_;
}

void claim_desk::on_left(int jobs) {
    left_ += jobs;
    have_left_ = true;
}

void claim_desk::on_waited_too_long() {
    std::lock_guard const lock{mutex_};
    loop_.on_waited_too_long();
}

int claim_desk::wanted_ahead_of(int handlers) const {
    std::lock_guard const lock{mutex_};
    return loop_.wanted_ahead_of(handlers);
}

void claim_desk::distribute() {
    std::lock_guard const lock{mutex_};
    take_account();
    wake_lockers();
}

void claim_desk::take_account() {
    auto const ran = ran_.exchange(0);
    auto const took = took_.exchange(0);
    auto const left = left_.exchange(0);
    if (left == 0) return;
    loop_.on_left(left, ran > 0 ? std::optional{std::chrono::nanoseconds{took / ran}} : std::nullopt);
    if (limited_.exchange(false)) loop_.on_maybe_more();
}

void claim_desk::wake_lockers() {
    if (loop_.how() == claim_loop::by::lock && loop_.would_claim()) to_lock_.notify_all();
}

claim_desk::clock::time_point claim_desk::next_sweep() const {
    auto next = clock::time_point::max();
    TXQ_IF_PLANTED("notify-only", return next)
    if (loop_.how() != claim_loop::by::lock && !loop_.has_room()) return next;
    for (auto const& [lane, floor] : floors_) next = std::min(next, floor.sweep_at());
    return next;
}

void claim_desk::on_due(clock::time_point now) {
    for (auto& [lane, floor] : floors_)
        if (now >= floor.sweep_at()) floor.on_due(now);
}

} // namespace txq
