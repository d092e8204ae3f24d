#include <txq/testing/memory_outbox.hpp>

#include <algorithm>

namespace txq::testing {

clock::time_point enqueued_job::due() const {
    return std::max(enqueued_at, options.run_at.value_or(enqueued_at + options.delay));
}

void memory_outbox::take(std::vector<job> jobs) {
    std::lock_guard const lock{mutex_};
    for (auto& one : jobs)
        jobs_.push_back(
            {one.id, std::move(one.kind), std::move(one.payload), std::move(one.options), time_.now(), enqueued_++});
}

std::vector<enqueued_job> memory_outbox::all() const { return since(0); }

std::vector<enqueued_job> memory_outbox::of_kind(std::string_view kind) const {
    auto jobs = all();
    std::erase_if(jobs, [&](auto const& one) { return one.kind != kind; });
    return jobs;
}

std::vector<enqueued_job> memory_outbox::since(std::size_t number) const {
    std::lock_guard const lock{mutex_};
    auto const first = std::ranges::lower_bound(jobs_, number, {}, &enqueued_job::number);
    return {first, jobs_.end()};
}

enqueued_job memory_outbox::only() const {
    auto const jobs = all();
    if (jobs.size() == 1) return jobs.front();
    std::string text = jobs.empty() ? "no job was enqueued" : "several jobs were enqueued:";
    for (auto const& one : jobs) text += "\n  " + one.kind + " " + one.payload;
    throw std::logic_error{text};
}

std::size_t memory_outbox::size() const {
    std::lock_guard const lock{mutex_};
    return jobs_.size();
}

void memory_outbox::clear() {
    std::lock_guard const lock{mutex_};
    jobs_.clear();
}

capture::capture(memory_outbox& into) {
    auto* const before = detail::stand_in_for_all(&into);
    if (before == nullptr) return;
    detail::stand_in_for_all(before);
    throw std::logic_error{"there is a capture of enqueues already; one at a time"};
}

capture::~capture() { detail::stand_in_for_all(nullptr); }

} // namespace txq::testing
