#include <txq/testing/inline_worker.hpp>

#include <algorithm>
#include <span>
#include <stdexcept>
#include <tuple>

#include "jobs.hpp"

namespace txq::testing {

namespace {

struct tracked_job : known_job {
    std::string state = "scheduled"; ///< until it has ended
    bool waits() const { return state == "scheduled"; }
    bool keeps_back(raw_job const& later) const {
        auto const stands = waits() || (order_holds && (state == "dead" || state == "held"));
        return stands && job.order_key == later.order_key && job.queue == later.queue;
    }
};

} // namespace

struct inline_worker::implementation {
    implementation(registry known, std::unique_ptr<job_source> from, clock& when)
        : handlers{std::move(known)},
          source{std::move(from)},
          time{when} {}

    void fetch() {
        for (auto& one : source->fetch()) jobs.push_back({std::move(one)});
    }
    /// Whether another one of its order has to be over before.
    bool kept_back(tracked_job const& one) const;
    bool runnable(tracked_job const& one) const {
        return one.waits() && handlers.find(one.job.kind) != nullptr && !kept_back(one);
    }
    /// Null: none is due.
    tracked_job* next();
    attempt_end run(tracked_job& one);
    void run_due(std::vector<attempt_end>& into, int most);
    std::optional<clock::time_point> next_due() const;

    registry const handlers;
    std::unique_ptr<job_source> const source;
    clock& time;
    std::vector<tracked_job> jobs; // in the order in which they were enqueued
};

bool inline_worker::implementation::kept_back(tracked_job const& one) const {
    if (one.job.order_key.empty()) return false;
    auto const before = std::span{jobs.data(), static_cast<std::size_t>(&one - jobs.data())};
    return std::ranges::any_of(before, [&](auto const& other) { return other.keeps_back(one.job); });
}

tracked_job* inline_worker::implementation::next() {
    tracked_job* best = nullptr;
    for (auto& one : jobs) {
        if (!runnable(one) || one.due > time.now()) continue;
        if (best == nullptr || one.job.priority < best->job.priority) best = &one;
    }
    return best;
}

attempt_end inline_worker::implementation::run(tracked_job& one) {
    auto& job = one.job;
    ++job.attempt;
    ++job.fence;
    job.claimed_at = time.now();
    auto [end, duplicate] = source->run(job, *handlers.find(job.kind));
    attempt_end result{job, name(end.state), end.delay, std::move(end.error), duplicate};
    if (end.refund) --job.attempt;
    one.state = result.became;
    one.due = job.run_at = time.now() + end.delay;
    return result;
}

void inline_worker::implementation::run_due(std::vector<attempt_end>& into, int most) {
    fetch();
    for (auto* one = next(); one != nullptr; one = next()) {
        if (std::cmp_greater_equal(into.size(), most))
            throw std::runtime_error{std::to_string(most) +
                                     " attempts were not enough; the next one would be attempt " +
                                     std::to_string(one->job.attempt + 1) + " of a job of kind " + one->job.kind};
        into.push_back(run(*one));
        fetch();
    }
}

std::optional<clock::time_point> inline_worker::implementation::next_due() const {
    std::optional<clock::time_point> earliest;
    for (auto const& one : jobs)
        if (runnable(one) && (!earliest || one.due < *earliest)) earliest = one.due;
    return earliest;
}

inline_worker::inline_worker(registry handlers, memory_outbox& from, clock& time)
    : implementation_{std::make_unique<implementation>(std::move(handlers), jobs_in_memory(from), time)} {}

inline_worker::inline_worker(registry handlers, pqxx::work& tx, clock& time)
    : implementation_{std::make_unique<implementation>(std::move(handlers), jobs_in_database(tx, time), time)} {}

inline_worker::~inline_worker() = default;

std::vector<attempt_end> inline_worker::run_due() {
    constexpr int endless = 100'000; // a job that enqueues its like would go on until there is no memory
    std::vector<attempt_end> ends;
    implementation_->run_due(ends, endless);
    return ends;
}

std::vector<attempt_end> inline_worker::run_all(int most) {
    std::vector<attempt_end> ends;
    implementation_->run_due(ends, most);
    for (auto due = implementation_->next_due(); due; due = implementation_->next_due()) {
        implementation_->time.advance_to(std::max(*due, implementation_->time.now()));
        implementation_->run_due(ends, most);
    }
    return ends;
}

std::optional<clock::time_point> inline_worker::next_due() {
    implementation_->fetch();
    return implementation_->next_due();
}

std::string inline_worker::state_of(uuid const& id) {
    implementation_->fetch();
    for (auto const& one : implementation_->jobs) {
        if (one.job.id != id) continue;
        if (one.waits() && implementation_->kept_back(one)) return "waiting";
        return one.waits() && one.due <= implementation_->time.now() ? "ready" : one.state;
    }
    return {};
}

} // namespace txq::testing
