#include "group.hpp"

#include <algorithm>

#include <txq/log.hpp>

#include "claimed_jobs.hpp"
#include "lasting_trouble.hpp"

namespace txq {

namespace {

/// How long a claimed job may wait here for a thread before it is given back to those who have one.
constexpr auto patience = std::chrono::milliseconds{250};

/// How long after something has happened to look at everything, however long the poll interval is: a job may have
/// appeared below a floor because its transaction was slow to commit.
constexpr auto aftermath = std::chrono::milliseconds{500};

/// How often to look whether the heart has got this worker registered.
constexpr auto until_registered = std::chrono::milliseconds{20};

} // namespace

group::group(std::shared_ptr<shared_state> state, worker_group options)
    : state_{std::move(state)},
      options_{std::move(options)},
      kinds_{pq::array(state_->handlers.kinds())},
      loop_{options_.threads, options_.prefetch} {
    recorder_ = std::make_unique<recorder>(state_, [this](int n) {
        left_ += n;
        waiter_.wake();
    });
    executor_ = std::make_unique<executor>(
        state_, options_.threads,
        [this](executor::pointer which, attempt_result result, std::chrono::nanoseconds took) {
            on_end(std::move(which), std::move(result), took);
        });
    thread_ = std::thread{[this] { run(); }};
}

group::~group() {
    stop_claiming();
    executor_.reset();
    recorder_.reset();
}

void group::stop_claiming() {
    claiming_ = false;
    waiter_.wake();
    if (thread_.joinable()) thread_.join();
    give_back(executor_->take_waiting(attempt::clock::time_point::max()));
}

void group::on_end(executor::pointer which, attempt_result result, std::chrono::nanoseconds took) {
    took_ += took.count();
    ++ran_;
    if (result)
        recorder_->record(std::move(which), std::move(*result));
    else
        recorder_->recorded(std::move(which));
}

void group::give_back(std::vector<executor::pointer> const& attempts) {
    for (auto const& one : attempts) recorder_->record(one, ending::released());
}

void group::run() {
    backoff waits;
    lasting_trouble trouble{state_->options.lease};
    while (claiming_) {
        try {
            session database{state_->session_options("claimer")};
            waits.reset();
            serve(database);
        } catch (std::exception const& failed) {
            state_->claim_failed = true;
            // the heart says that the database is away; what is left to say here is what the database said
            auto const lasts = trouble.on_failure(attempt::clock::now(), state_->lease_holds());
            if (lasts || classify(failed) == fault::statement)
                log::error("claiming failed", {{"error", printable(failed.what())}});
            loop_.on_maybe_more();
            waiter_.wait_for(waits.next());
            take_account();
        }
    }
}

void group::serve(session& database) {
    pq::listener const on_jobs{database.connection(), "txq_jobs", [this](std::string_view queue) {
                                   if (!serves(queue)) return;
                                   loop_.on_maybe_more();
                                   expect_late_jobs();
                               }};
    pq::listener const on_returned{database.connection(), "txq_returned", [this](std::string_view queue) {
                                       if (serves(queue)) look_everywhere();
                                   }};
    floors_.clear(); // whatever it was that connected anew: the database may be another one
    auto next_poll = attempt::clock::now();
    while (claiming_) {
        database.connection().get_notifs();
        take_account();
        auto const now = attempt::clock::now();
        if (now >= std::min(next_poll, look_at_)) {
            look_everywhere();
            look_at_ = never;
            next_poll = now + options_.poll_interval;
        }
        auto stale = executor_->take_waiting(now - patience);
        if (!stale.empty()) loop_.on_waited_too_long();
        give_back(stale);

        auto const held = state_->lease_holds();
        auto const wanted = held ? loop_.next_claim() : 0;
        if (wanted > 0)
            claim(database, wanted);
        else
            waiter_.wait_for((held ? next_deadline(next_poll) : now + until_registered) - now,
                             database.connection().sock());
    }
}

bool group::serves(std::string_view queue) const {
    return std::ranges::find(options_.queues, queue) != options_.queues.end();
}

void group::expect_late_jobs() { look_at_ = std::min(look_at_, attempt::clock::now() + aftermath); }

/// Also for jobs that are not at the end of their queue.
void group::look_everywhere() {
    loop_.on_maybe_more();
    maybe_suspects_ = true;
    for (auto const& queue : options_.queues) floors_[queue].want_sweep();
}

void group::claim(session& database, int wanted) {
    wanted -= claim_suspect(database);
    if (wanted == 0) return;
    for (auto const& queue : options_.queues) {
        auto const [jobs, bytes] = claim_from(database, queue, wanted);
        loop_.on_claimed(wanted, jobs, bytes);
        wanted -= jobs;
        if (wanted == 0) return;
    }
}

/// Comes before the others, so that it gets a thread at once.
int group::claim_suspect(session& database) {
    if (!maybe_suspects_ || state_->has_suspect.exchange(true)) return 0;
    try {
        for (auto const& queue : options_.queues) {
            auto const [jobs, bytes] = claim_from(database, queue, 1, true);
            if (jobs == 0) continue;
            loop_.on_claimed(1, 1, bytes);
            return 1;
        }
    } catch (...) {
        state_->has_suspect = false;
        throw;
    }
    maybe_suspects_ = state_->has_suspect = false;
    return 0;
}

group::claimed group::claim_from(session& database, std::string const& queue, int wanted, bool suspects) {
    std::shared_lock const claiming{state_->claiming};
    auto& floor = floors_[queue];
    auto const floors = suspects ? claim_floor::floors{} : floor.next(attempt::clock::now());
    auto const worker = state_->id();
    pq::params const parameters{worker, queue, kinds_, wanted, suspects, pq::array(floors)};
    auto attempts = read_claimed(database.run(sql::claim_jobs, parameters), *state_, worker);
    claimed got{static_cast<int>(attempts.size()), 0};
    for (auto const& one : attempts) {
        got.bytes += one->job.payload.size();
        if (!suspects) floor.on_claimed(one->job.priority, one->seq);
    }
    if (!suspects) floor.on_end(attempt::clock::now(), got.jobs < wanted);
    if (got.jobs > 0) expect_late_jobs();
    std::erase_if(attempts, [this](auto const& one) { return refuse(one); });
    executor_->submit(std::move(attempts));
    return got;
}

/// Whether a handler of an earlier attempt at the same job still runs here: found dead, this worker has lost the job
/// and got it again. It must not run twice at once, so it has to wait a little.
bool group::refuse(executor::pointer const& one) {
    if (state_->attempts.add(one)) return false;
    recorder_->record(one, ending::postponed(std::chrono::milliseconds{100}));
    return true;
}

void group::take_account() {
    auto const ran = ran_.exchange(0);
    auto const took = took_.exchange(0);
    auto const left = left_.exchange(0);
    if (maybe_suspects_ && left > 0) loop_.on_maybe_more();
    if (left > 0) loop_.on_left(left, std::chrono::nanoseconds{ran > 0 ? took / ran : 0});
}

attempt::clock::time_point group::next_deadline(attempt::clock::time_point next_poll) const {
    auto const waiting = executor_->oldest_waiting();
    auto const look = std::min(next_poll, look_at_);
    return waiting ? std::min(look, *waiting + patience) : look;
}

} // namespace txq
