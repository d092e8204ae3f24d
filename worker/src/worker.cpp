#include <txq/worker.hpp>

#include <condition_variable>
#include <optional>

#include <txq/detail/duration.hpp>
#include <txq/detail/once_a_minute.hpp>
#include <txq/detail/periodic.hpp>
#include <txq/detail/process_name.hpp>
#include <txq/detail/schema.hpp>
#include <txq/detail/unsafe_settings.hpp>
#include <txq/detail/watchdog.hpp>
#include <txq/error.hpp>
#include <txq/log.hpp>

#include "caretaker.hpp"
#include "group.hpp"
#include "heart.hpp"
#include "hook_queue.hpp"
#include "limiter.hpp"
#include "supervision.hpp"

namespace txq {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// How long handlers have to end once they have been asked to.
constexpr auto last_wait = seconds{5};

void require(bool fine, std::string const& what) {
    if (!fine) throw error{errc::bad_configuration, what};
}

void validate(worker_group const& one) {
    require(!one.queues.empty(), "a worker group has no queues");
    for (auto const& queue : one.queues)
        require(!queue.empty() && queue.size() <= 128, "a queue's name has 1 to 128 bytes");
    require(one.threads >= 1 && one.threads <= 4096, "a worker group has 1 to 4096 threads");
    require(one.prefetch <= 10'000, "a worker group prefetches 10000 jobs at most");
    require(one.poll_interval >= milliseconds{1}, "a worker group's poll interval is at least a millisecond");
}

void validate(registry const& handlers, worker_options const& options) {
    require(!handlers.kinds().empty(), "a worker without handlers would never run anything: register a kind");
    require(!options.groups.empty(), "a worker needs a group");
    for (auto const& one : options.groups) validate(one);
    require(options.lease >= seconds{1}, "the lease is at least a second");
    require(options.grace >= milliseconds{0}, "the grace period is negative");
    require(options.crash_limit >= 1 && options.crash_limit <= 1000, "the crash limit is 1 to 1000");
    require(options.retention >= std::chrono::hours{1}, "the retention of records is at least an hour");
    require(options.dead_retention.count() == 0 || options.dead_retention >= std::chrono::hours{1},
            "the retention of dead jobs is at least an hour, or zero: until an operator purges them");
    require(options.give_up_after.count() == 0 || options.give_up_after >= options.lease,
            "a worker does not give up before its lease is over; zero: never");
}

/// With a hook that only queues its reports: whoever records ends of attempts must not wait for the application.
worker_options queued(worker_options options, std::shared_ptr<hook_queue> const& hooks) {
    if (hooks) options.on_failure = [hooks](failure_report const& report) { hooks->add(report); };
    return options;
}

} // namespace

struct worker::implementation {
    implementation(registry handlers, worker_options options, connection_info where)
        : hooks{options.on_failure ? std::make_shared<hook_queue>(options.on_failure) : nullptr},
          state{std::make_shared<shared_state>(std::move(handlers), queued(std::move(options), hooks), std::move(where),
                                               process_name())} {}

    void run();
    void to(shared_state::phase next);

    std::shared_ptr<hook_queue> const hooks; // null: there is no hook
    std::shared_ptr<shared_state> const state;
    bool abandoned = false;

  private:
    void give_up() const;
    void on_outdated(error const& why);
    bool wait_for_database();
    void wait_for_stop();
    void drain();
    bool wait_idle(attempt::clock::time_point deadline, bool give_up_when_stopping);

    std::vector<std::unique_ptr<group>> groups_;

    std::mutex mutex_; // guards what follows, and changes of state->now
    std::condition_variable changed_;
    std::optional<error> outdated_; // why it has stopped by itself
};

worker::worker(registry handlers, worker_options options) {
    validate(handlers, options);
    auto where = connection_info::from_environment(options.database);
    implementation_ = std::make_unique<implementation>(std::move(handlers), std::move(options), std::move(where));
}

worker::~worker() = default;

void worker::run() { implementation_->run(); }
void worker::stop() { implementation_->to(shared_state::phase::draining); }
void worker::stop_now() { implementation_->to(shared_state::phase::stopping); }
bool worker::abandoned_handlers() const noexcept { return implementation_->abandoned; }

void worker::implementation::to(shared_state::phase next) {
    {
        std::lock_guard const lock{mutex_};
        if (state->now < next) state->now = next;
    }
    changed_.notify_all();
}

void worker::implementation::give_up() const {
    if (state->options.on_give_up) return state->options.on_give_up();
    log::error(
        "nothing has worked with the database for too long",
        {{"database", state->where.describe()}, {"give_up_after", format_duration(state->options.give_up_after)}});
}

/// A migration has left this program behind, and its statements may mean something else by now.
void worker::implementation::on_outdated(error const& why) {
    {
        std::lock_guard const lock{mutex_};
        if (!state->working()) return;
        outdated_ = why;
    }
    log::error("a migration has left this program behind: stopping", {{"error", why.what()}});
    to(shared_state::phase::draining);
}

void worker::implementation::run() {
    watchdog watching{state->options.give_up_after, [this] { give_up(); }};
    if (!wait_for_database()) return;
    heart beating{state, watching};
    {
        periodic const heartbeat{[&] { return beating.step(); }};
        caretaker caring{state, [this](error const& why) { on_outdated(why); }};
        periodic const care{[&] { return caring.step(); }};
        limiter const limiting{state};
        periodic const supervisor{[this] { return supervise(*state); }};
        try {
            for (auto const& options : state->options.groups)
                groups_.push_back(std::make_unique<group>(state, options));
        } catch (...) { // no more threads to be had
            groups_.clear();
            throw;
        }
        wait_for_stop();
        drain();
    }
    abandoned ? beating.leave_behind() : beating.leave();
    log::info("left", {{"abandoned_handlers", abandoned}});
    // threads that run handlers which did not end still refer to their groups; they end with the process
    if (abandoned)
        for (auto& one : groups_) static_cast<void>(one.release());
    groups_.clear();
    if (hooks) hooks->close(last_wait);
    if (outdated_ && !abandoned) throw *outdated_; // abandoned handlers use what would be destroyed on the way
}

/// False if told to stop before that.
bool worker::implementation::wait_for_database() {
    backoff waits;
    once_a_minute failures;
    for (;;) {
        try {
            session database{state->session_options("start")};
            check_schema(database, side::queue);
            warn_of_unsafe_settings(database, state->where.describe());
            return true;
        } catch (pqxx::failure const& failed) {
            auto const why = pq::sqlstate(failed);
            auto const forbidden = why == "42501";
            // cancelled, as by a statement_timeout of the role's, or not given a lock: as long as a migration goes on
            auto const passes = why == "57014" || why == "55P03";
            if (classify(failed) == fault::statement && !forbidden && !passes) throw;
            if (failures.due(attempt::clock::now()))
                log::warning(forbidden ? lacks_privilege : "waiting for the database",
                             {{"database", state->where.describe()}, {"error", printable(failed.what())}});
        }
        std::unique_lock lock{mutex_};
        if (changed_.wait_for(lock, waits.next(), [this] { return !state->working(); })) return false;
    }
}

void worker::implementation::wait_for_stop() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return !state->working(); });
}

void worker::implementation::drain() {
    for (auto& one : groups_) one->stop_claiming();
    log::info("stopping", {{"jobs", state->attempts.size()}}); // from now on none begins
    if (!wait_idle(attempt::clock::now() + state->options.grace, true)) {
        to(shared_state::phase::stopping);
        for (auto const& one : state->attempts.all()) one->stop(stop_reason::shutdown);
        abandoned = !wait_idle(attempt::clock::now() + last_wait, false);
    }
    for (auto& one : groups_) one->close(state->options.lease);
}

bool worker::implementation::wait_idle(attempt::clock::time_point deadline, bool give_up_when_stopping) {
    for (auto& one : groups_) {
        // in small steps, so that a second signal ends the wait
        while (!one->wait_idle(std::min(deadline, attempt::clock::now() + milliseconds{20}))) {
            if (attempt::clock::now() >= deadline) return false;
            if (give_up_when_stopping && state->now == shared_state::phase::stopping) return false;
        }
    }
    return true;
}

} // namespace txq
