#include "executor.hpp"

#include <algorithm>

#include <txq/log.hpp>

#include "attempt_runner.hpp"

namespace txq {

/// What the threads share.
struct executor::inner {
    inner(std::shared_ptr<shared_state> shared, on_end then) : state{std::move(shared)}, ended{std::move(then)} {}

    std::shared_ptr<shared_state> const state;
    on_end const ended;

    mutable std::mutex mutex;
    std::condition_variable work;
    std::condition_variable idle;
    std::deque<pointer> waiting;
    int running = 0;
    int asleep = 0;
    bool waking = false; // a thread has been woken and is not up yet
    bool closing = false;

    /// Null: no more.
    pointer next() {
        std::unique_lock lock{mutex};
        for (;;) {
            if (auto one = take()) {
                ++running;
                return one;
            }
            if (closing && waiting.empty()) return nullptr;
            ++asleep;
            work.wait(lock);
            --asleep;
            waking = false;
        }
    }

    /// The first that limits let begin; null: none.
    pointer take() {
        auto const begins =
            std::ranges::find_if(waiting, [this](pointer const& one) { return state->limits.try_begin(*one); });
        if (begins == waiting.end()) return nullptr;
        auto one = std::move(*begins);
        auto const next = waiting.erase(begins);
        if (std::any_of(next, waiting.end(), [this](pointer const& other) { return state->limits.has_room(*other); }))
            wake_another();
        return one;
    }

    /// One after the other: all at once they would only wait for each other, and where jobs are short few are enough.
    void wake_another() {
        if (waiting.empty() || asleep == 0 || waking) return;
        waking = true;
        work.notify_one();
    }

    void run() {
        attempt_runner runner{state};
        while (auto one = next()) {
            one->on_started();
            auto result = runner.run(*one);
            auto const took = attempt::clock::now() - one->started();
            state->limits.on_over(*one);
            ended(std::move(one), std::move(result), took);
            std::lock_guard const lock{mutex};
            --running;
            if (running == 0 && waiting.empty()) idle.notify_all();
        }
    }
};

executor::executor(std::shared_ptr<shared_state> state, int threads, on_end ended)
    : inner_{std::make_unique<inner>(std::move(state), std::move(ended))} {
    try {
        for (int i = 0; i < threads; ++i) threads_.emplace_back([inner = inner_.get()] { inner->run(); });
    } catch (...) { // no more threads to be had
        end_threads();
        throw;
    }
}

executor::~executor() { end_threads(); }

void executor::end_threads() {
    {
        std::lock_guard const lock{inner_->mutex};
        inner_->closing = true;
    }
    inner_->work.notify_all();
    for (auto& thread : threads_) thread.join();
}

void executor::submit(std::vector<pointer> attempts) {
    std::lock_guard const lock{inner_->mutex};
    for (auto& one : attempts) inner_->waiting.push_back(std::move(one));
    inner_->wake_another();
}

void executor::look_again() {
    std::lock_guard const lock{inner_->mutex};
    inner_->wake_another();
}

std::vector<executor::pointer> executor::take_waiting(attempt::clock::time_point since) {
    std::lock_guard const lock{inner_->mutex};
    std::vector<pointer> taken;
    while (!inner_->waiting.empty() && inner_->waiting.front()->claimed < since) {
        taken.push_back(std::move(inner_->waiting.front()));
        inner_->waiting.pop_front();
    }
    if (inner_->running == 0 && inner_->waiting.empty()) inner_->idle.notify_all();
    return taken;
}

std::optional<attempt::clock::time_point> executor::oldest_waiting() const {
    std::lock_guard const lock{inner_->mutex};
    if (inner_->waiting.empty()) return std::nullopt;
    return inner_->waiting.front()->claimed;
}

bool executor::wait_idle(attempt::clock::time_point deadline) {
    std::unique_lock lock{inner_->mutex};
    return inner_->idle.wait_until(lock, deadline, [this] { return inner_->running == 0 && inner_->waiting.empty(); });
}

} // namespace txq
