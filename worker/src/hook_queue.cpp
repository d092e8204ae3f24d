#include "hook_queue.hpp"

#include <txq/log.hpp>

#include "failure.hpp"

namespace txq {

namespace {

constexpr auto between_complaints = std::chrono::seconds{30};

} // namespace

char const* name(failure_report::fate became) noexcept {
    switch (became) {
    case failure_report::fate::retried: return "retried";
    case failure_report::fate::dead: return "dead";
    case failure_report::fate::held: return "held";
    case failure_report::fate::discarded: return "discarded";
    case failure_report::fate::cancelled: return "cancelled";
    }
    return "unknown";
}

hook_queue::~hook_queue() { close(std::chrono::milliseconds{0}); }

void hook_queue::add(failure_report report) noexcept {
    std::lock_guard const lock{mutex_};
    try {
        if (closing_ || waiting_.size() >= most_) {
            ++dropped_;
            return;
        }
        waiting_.push_back(std::move(report));
        if (!thread_.joinable()) thread_ = std::thread{[this] { run(); }};
    } catch (...) { ++dropped_; } // no memory or no thread to be had: jobs matter more than reports
    changed_.notify_all();
}

void hook_queue::close(std::chrono::milliseconds patience) {
    {
        std::unique_lock lock{mutex_};
        closing_ = true;
        changed_.notify_all();
        changed_.wait_for(lock, patience, [this] { return !thread_.joinable() || (waiting_.empty() && !calling_); });
        dropped_ += static_cast<std::int64_t>(waiting_.size());
        waiting_.clear();
        changed_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
    if (auto const number = dropped(); number > said_) say_dropped(number);
}

std::int64_t hook_queue::dropped() const {
    std::lock_guard const lock{mutex_};
    return dropped_;
}

void hook_queue::run() {
    std::unique_lock lock{mutex_};
    for (;;) {
        changed_.wait(lock, [this] { return closing_ || !waiting_.empty(); });
        if (waiting_.empty()) return;
        auto const report = std::move(waiting_.front());
        waiting_.pop_front();
        calling_ = true;
        auto const dropped = dropped_;
        lock.unlock();
        if (dropped > said_ && std::chrono::steady_clock::now() - said_at_ >= between_complaints) say_dropped(dropped);
        call(report);
        lock.lock();
        calling_ = false;
        changed_.notify_all();
    }
}

void hook_queue::call(failure_report const& report) const noexcept {
    try {
        hook_(report);
    } catch (std::exception const& failed) {
        log::error("the failure hook failed", {{"job", report.job.id.str()}, {"error", printable(failed.what())}});
    } catch (...) { log::error("the failure hook failed", {{"job", report.job.id.str()}, {"error", "unknown"}}); }
}

void hook_queue::say_dropped(std::int64_t number) {
    said_ = number;
    said_at_ = std::chrono::steady_clock::now();
    log::warning("reports of failures were dropped: the hook is too slow for them", {{"reports", number}});
}

} // namespace txq
