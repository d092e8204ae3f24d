#include "locked_batch.hpp"

namespace txq {

locked_batch::locked_batch(std::vector<pointer> const& attempts) : running_{attempts.size()} {
    members_.reserve(attempts.size());
    for (auto const& one : attempts) {
        one->nth = members_.size();
        one->held = attempt::held_by::lock;
        members_.push_back({one, std::nullopt});
    }
}

bool locked_batch::on_end(attempt const& which, ending how) {
    std::lock_guard const lock{mutex_};
    if (settled_) return false;
    members_[which.nth].end = std::move(how);
    if (--running_ == 0) all_over_.notify_one();
    return true;
}

void locked_batch::wait(attempt::clock::time_point deadline) {
    std::unique_lock lock{mutex_};
    all_over_.wait_until(lock, deadline, [this] { return running_ == 0; });
}

locked_batch::parts locked_batch::close() {
    std::lock_guard const lock{mutex_};
    parts result;
    result.completed.reserve(members_.size());
    for (auto& one : members_) {
        // one whose operation is recorded already would make the record of all fail
        one.completed = one.end && one.end->state == ending::state::completed && !one.which->processed;
        (one.completed ? result.completed : result.others).push_back(one.which);
    }
    return result;
}

locked_batch::settlement locked_batch::settle(bool completed_recorded, std::set<uuid> const& leased) {
    std::lock_guard const lock{mutex_};
    settlement result;
    for (auto& one : members_) {
        auto const recorded = completed_recorded && one.completed;
        auto const is_leased = !recorded && leased.contains(one.which->job.id);
        one.which->held = is_leased ? attempt::held_by::lease : attempt::held_by::nobody;
        if (!one.end && !is_leased)
            result.lost.push_back(one.which);
        else if (one.end && is_leased)
            result.to_record.emplace_back(one.which, std::move(*one.end));
        else if (one.end)
            result.gone.push_back(one.which);
    }
    settled_ = true;
    members_.clear();
    return result;
}

} // namespace txq
