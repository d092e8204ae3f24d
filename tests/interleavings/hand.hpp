#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <txq/detail/embedded.hpp>

#include "worker_steps.hpp"

namespace txq::interleavings {

/// A worker, or a part of one, with what it has in hand.
class hand : public std::enable_shared_from_this<hand> {
  public:
    hand(world& in, int who, long worker) : world_{in}, who_{who}, worker_{worker} {}

    std::string worker() const { return std::to_string(worker_); }
    bool empty() const { return attempts_.empty(); }
    attempt const& first() const { return attempts_.front(); }

    /// They may not run yet.
    void claim(answer const& jobs) {
        for (std::size_t i = 0; i < jobs.rows.size(); ++i) {
            auto const named = jobs.at(i, "operation_id"); // none: the id
            attempt one{jobs.at(i, "id"), named.empty() ? jobs.at(i, "id") : named, jobs.at(i, "fence")};
            if (std::ranges::find(jobs.columns, "row") != jobs.columns.end()) one.row = jobs.at(i, "row");
            one.processed = !jobs.at(i, "processed_as").empty();
            attempts_.push_back(one);
        }
    }
    void begin_all() {
        for (auto const& one : attempts_) world_.begins(who_, worker_, one);
    }
    void take(answer const& jobs) {
        claim(jobs);
        begin_all();
    }
    /// Those that are not in the answer were refused.
    void keep_only(answer const& jobs) {
        for (auto const& one : erase_others(jobs)) world_.refused(who_, worker_, one.job);
    }
    /// Those that are not in the answer are parked, or somebody else's.
    void begin_only(answer const& jobs) {
        erase_others(jobs);
        begin_all();
    }
    std::vector<attempt> erase_others(answer const& jobs) {
        auto const is_there = [&](attempt const& one) {
            for (std::size_t i = 0; i < jobs.rows.size(); ++i)
                if (jobs.at(i, "id") == one.job) return true;
            return false;
        };
        auto const others = std::ranges::stable_partition(attempts_, is_there);
        std::vector<attempt> const gone{others.begin(), others.end()};
        attempts_.erase(others.begin(), others.end());
        return gone;
    }
    void all_accepted() {
        for (auto const& one : attempts_) world_.accepted(who_, one);
        attempts_.clear();
    }
    void end_all() {
        for (auto const& one : attempts_) world_.ends(who_, one.job);
        attempts_.clear();
    }
    parameters named() const {
        std::vector<std::string> ids, fences;
        for (auto const& one : attempts_) {
            ids.push_back(one.job);
            fences.push_back(one.fence);
        }
        return {worker(), array_of(ids), array_of(fences)};
    }
    /// All of them run at once, each on a thread.
    parameters named_in_crew() const {
        auto all = named();
        all.insert(all.end(), {"1", "100"});
        return all;
    }
    std::string rows() const {
        std::string text;
        for (auto const& one : attempts_) text += (text.empty() ? "\"" : ",\"") + one.row + '"';
        return '{' + text + '}';
    }

    world& world_;
    int who_;
    long worker_;
    std::vector<attempt> attempts_;
    bool admitted = false; ///< a batch
    bool recorded = false;
    bool completed = false;
    bool lost = false; ///< the locks, because somebody else recorded the operation
};

/// Nothing is asked when there is nothing in hand.
inline std::function<question()> if_any(hand_ptr const& own, std::function<question()> ask) {
    return [own, ask = std::move(ask)] { return own->empty() ? question{} : ask(); };
}

inline question claim_one(hand_ptr const& own) {
    return {.what = &sql::claim_jobs,
            .with = {own->worker(), "default", "{test}", "1", "f", "{0,0,0,0}", std::nullopt}};
}

inline question lock_one(hand_ptr const& own) {
    return {.what = &sql::lock_jobs, .with = {own->worker(), "default", "{test}", "1", "{0,0,0,0}"}, .begins = true};
}

} // namespace txq::interleavings
