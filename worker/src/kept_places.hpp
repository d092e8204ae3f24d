#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>

namespace txq {

/// Whose jobs' places a locker still holds when the batch that asked for them is over: there is a place of each of
/// their keys for each thread, so that whatever number of the same queues, kinds and tenants may begin without asking.
/// Only for a moment, since a limit may have changed meanwhile, and others may need them. No I/O; one thread.
class kept_places {
  public:
    using clock = std::chrono::steady_clock;
    /// Queue, kind and tenant.
    using names = std::tuple<std::string_view, std::string_view, std::string_view>;
    /// How many jobs there are of them.
    using counts = std::map<names, int, std::less<>>;

    /// For so long after they were asked for.
    static constexpr auto lasting = std::chrono::milliseconds{250};
    /// So many are asked for again beside what a batch needs: with more, batches have little in common.
    static constexpr std::size_t at_most = 200;

    bool any() const { return !of_.empty(); }
    /// When they are to be given back; max(): there are none.
    clock::time_point until() const { return any() ? until_ : clock::time_point::max(); }

    /// As long again after that: no batch has come that would have given them back.
    bool overdue(clock::time_point now) const { return any() && now >= until_ + lasting; }

    /// Whether a batch may begin without asking.
    bool cover(counts const& jobs, std::int64_t worker, clock::time_point now) const {
        return last(worker, now) && std::ranges::all_of(jobs, [&](auto const& one) { return of_.contains(one.first); });
    }

    /// What is to be asked for as well, with none of its jobs, so that it is kept beside what the batch needs.
    void add_to(counts& jobs, std::int64_t worker, clock::time_point now) const {
        if (!last(worker, now)) return;
        auto const others = std::ranges::count_if(of_, [&](auto const& one) { return !jobs.contains(one); });
        if (jobs.size() + static_cast<std::size_t>(others) > at_most) return;
        for (auto const& [queue, kind, tenant] : of_) jobs.try_emplace(names{queue, kind, tenant}, 0);
    }

    /// `asked`: when, or before.
    void keep(counts const& jobs, std::int64_t worker, clock::time_point asked) {
        std::set<owned_names, std::less<>> of; // jobs may refer to what is kept
        for (auto const& [one, count] : jobs) of.emplace(one);
        of_ = std::move(of);
        worker_ = worker;
        until_ = asked + lasting;
    }
    void forget() { of_.clear(); }

  private:
    using owned_names = std::tuple<std::string, std::string, std::string>;

    bool last(std::int64_t worker, clock::time_point now) const { return any() && worker == worker_ && now < until_; }

    std::set<owned_names, std::less<>> of_;
    std::int64_t worker_ = 0;
    clock::time_point until_{};
};

} // namespace txq
