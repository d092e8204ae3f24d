#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace txq {

/// Of whose jobs a locker still holds places when the batch that asked for them is over: one of whichever key for each
/// thread, so that any number of jobs of the same queues and kinds may begin without asking. Only for a moment, since a
/// limit may have changed meanwhile, and others may need them. No I/O; one thread.
class kept_places {
  public:
    using clock = std::chrono::steady_clock;
    /// Queue and kind.
    using names = std::tuple<std::string_view, std::string_view>;
    using many_names = std::set<names, std::less<>>;

    /// For so long after they were asked for.
    static constexpr auto lasting = std::chrono::milliseconds{250};
    /// After so long they are asked for again, so that the batch that does so ends while they last.
    static constexpr auto fresh = std::chrono::milliseconds{150};
    /// Whoever has asked in vain counts for so long.
    static constexpr auto in_vain = std::chrono::seconds{1};

    bool any() const { return !of_.empty(); }
    /// When they are to be given back; max(): there are none.
    clock::time_point until() const { return any() ? asked_ + lasting : clock::time_point::max(); }

    /// As long again after that: no batch has come that would have given them back.
    bool overdue(clock::time_point now) const { return any() && now >= asked_ + 2 * lasting; }

    /// Whether a batch may begin without asking.
    bool cover(many_names const& of, std::int64_t worker, clock::time_point now) const {
        return worker == worker_ && now < asked_ + fresh &&
               std::ranges::all_of(of, [&](auto const& one) { return of_.contains(one); });
    }

    /// What is to be asked for as well, so that it is kept beside what the batch needs.
    many_names of(std::int64_t worker, clock::time_point now) const {
        if (worker != worker_ || now >= asked_ + lasting) return {};
        return {of_.begin(), of_.end()};
    }

    /// Whether to ask for places that can be kept: for the sake of a batch now and then that is not worth it.
    bool worth_asking(clock::time_point now) const { return now < asked_ + lasting && now >= not_before_; }

    /// They may be kept. `asked`: when, or before.
    void keep(many_names const& of, std::int64_t worker, clock::time_point asked) {
        std::set<owned_names, std::less<>> kept; // what it is told may refer to what it has
        for (auto const& one : of) kept.emplace(one);
        of_ = std::move(kept);
        worker_ = worker;
        asked_ = asked;
    }
    /// Nothing is held but for one batch, though it was asked for if that was `worth` it.
    void count(bool worth, clock::time_point asked) {
        forget();
        asked_ = asked;
        if (worth) put_off(asked);
    }
    /// Asking has taken too long, and what is held is what it was.
    void put_off(clock::time_point asked) { not_before_ = asked + in_vain; }
    void forget() { of_.clear(); }

  private:
    using owned_names = std::tuple<std::string, std::string>;

    std::set<owned_names, std::less<>> of_;
    std::int64_t worker_ = 0;
    clock::time_point asked_ = clock::time_point::min();
    clock::time_point not_before_ = clock::time_point::min();
};

} // namespace txq
