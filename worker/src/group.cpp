#include "group.hpp"

#include <algorithm>

#include <txq/detail/planted.hpp>
#include <txq/log.hpp>

#include "admission.hpp"
#include "claimed_jobs.hpp"
#include "lasting_trouble.hpp"

namespace txq {

namespace {

/// How long a claimed job may wait here for a thread before it is given back to those who have one.
constexpr auto patience = std::chrono::milliseconds{250};

/// Claiming by locks, one claims while the jobs of the other run.
constexpr int lockers = 2;

/// After a failure to listen, how long to do without.
constexpr auto without_listening = std::chrono::minutes{1};

} // namespace

group::group(std::shared_ptr<shared_state> state, worker_group options)
    : state_{std::move(state)},
      options_{std::move(options)},
      crew_{.number = state_->lockers.next(), .threads = options_.threads},
      desk_{{.threads = options_.threads, .prefetch = options_.prefetch, .may_lock = may_lock()},
            options_.queues,
            [this] { waiter_.wake(); }},
      claims_{*state_, desk_} {
    recorder_ = std::make_unique<recorder>(state_, [this](int n) {
        desk_.on_left(n);
        waiter_.wake();
    });
    executor_ = std::make_unique<executor>(
        state_, options_.threads,
        [this](executor::pointer which, attempt_result result, std::chrono::nanoseconds took) {
            on_end(std::move(which), std::move(result), took);
        });
    room_listener_ = state_->limits.on_room([this](bool more) { on_room(more); });
    try {
        start();
    } catch (...) { // there are no more threads to be had, and those that there are wait for work
        stop_claiming();
        state_->limits.forget(room_listener_);
        throw;
    }
}

void group::start() {
    locker::surroundings const here{*state_, options_, claims_, desk_, *executor_, *recorder_, crew_};
    for (int i = 0; may_lock() && i < lockers; ++i) lockers_.push_back(std::make_unique<locker>(here));
    thread_ = std::thread{[this] { run(); }};
}

group::~group() {
    stop_claiming();
    state_->limits.forget(room_listener_);
    executor_.reset();
    recorder_.reset();
}

void group::stop_claiming() {
    claiming_ = false;
    desk_.close();
    waiter_.wake();
    if (thread_.joinable()) thread_.join();
    lockers_.clear();
    give_back(executor_->take_waiting(attempt::clock::time_point::max()));
}

void group::on_end(executor::pointer which, attempt_result result, std::chrono::nanoseconds took) {
    desk_.on_ran(took);
    end(std::move(which), std::move(result));
}

/// Also of an attempt that has not begun: its batch may be about to lease it, and has to know that nobody runs it.
void group::end(executor::pointer which, attempt_result how) {
    if (which->batch && which->batch->on_end(*which, how.value_or(ending::completed()))) return;
    if (how && which->held != attempt::held_by::nobody)
        recorder_->record(std::move(which), std::move(*how));
    else
        recorder_->recorded(std::move(which));
}

/// Whether any of its jobs may be claimed so; those with handlers that take long or want transactions are not.
bool group::may_lock() const {
    return options_.leases != lease_mode::always && !state_->options.pooled &&
           std::ranges::any_of(state_->handlers.kinds(),
                               [this](auto const& kind) { return !!state_->handlers.find(kind)->plain; });
}

void group::give_back(std::vector<executor::pointer> const& attempts) {
    for (auto const& one : attempts) end(one, ending::released());
}

void group::run() {
    lasting_trouble trouble{state_->options.lease};
    while (claiming_) {
        try {
            session database{state_->session_options("claimer")};
            serve(database);
        } catch (std::exception const& failed) {
            state_->claim_failed = true;
            // the heart says that the database is away; what is left to say here is what the database said
            if (trouble.on_failure(attempt::clock::now(), state_->lease_holds(), classify(failed) == fault::statement))
                log::error("claiming failed", {{"error", printable(failed.what())}});
            waiter_.wait_for(waits_.next());
            desk_.on_maybe_more();
        }
    }
}

/// A server that cannot do it, such as one whose files of notifications are damaged, ends the session: the next one
/// does without for a while. Jobs are found by looking all the same, only later.
group::listeners group::listen(session& database) {
    if (state_->options.pooled) return {}; // a pooler's connection cannot listen
    if (!std::exchange(listens_, true)) return {.deaf = true};
    try {
        listeners ears;
        ears.on_jobs = std::make_unique<session_listener>(database, "txq_jobs", [this](std::string_view queue) {
            if (serves(queue)) desk_.on_maybe_more();
        });
        ears.on_returned = std::make_unique<session_listener>(database, "txq_returned", [this](std::string_view queue) {
            if (queue.empty()) resumed_ = true;
            if (serves(queue)) returned_ = true;
        });
        return ears;
    } catch (std::exception const& failed) {
        listens_ = false;
        log::warning("cannot listen: for a minute jobs are found only by looking",
                     {{"error", printable(failed.what())}});
        throw;
    }
}

void group::serve(session& database) {
    listeners const ears = listen(database);
    auto const until = ears.deaf ? attempt::clock::now() + without_listening : attempt::clock::time_point::max();
    // whatever it was that connected anew: the database may be another one
    desk_.forget_floors();
    locks_.forget();
    settled_.reset();
    auto next_poll = attempt::clock::now();
    TXQ_IF_PLANTED("notify-only", next_poll += std::chrono::hours{1})
    while (claiming_) {
        database.connection().get_notifs();
        if (desk_.have_left() && maybe_suspects_) desk_.on_maybe_more();
        auto const now = attempt::clock::now();
        if (now > until) return; // connects anew, and tries to listen again
        auto const poll = now >= std::min(next_poll, desk_.look_at());
        if (poll) next_poll = now + pauses_.spread(options_.poll_interval);
        if (std::exchange(resumed_, false)) {
            desk_.forget_floors();
            returned_ = true;
        }
        if (poll || std::exchange(returned_, false)) look_everywhere(database);
        auto stale = executor_->take_waiting(now - patience);
        if (!stale.empty()) desk_.on_waited_too_long();
        give_back(stale);

        auto const held = state_->may_claim();
        auto const asked = held ? desk_.begin_leasing(now) : claim_loop::claim{};
        if (asked.jobs > 0) {
            claim(database, asked);
            waits_.reset(); // not before: what cannot be asked for its limits would be claimed and dropped all the time
        } else {
            desk_.distribute();
            waiter_.wait_for((held ? next_deadline(next_poll) : now + shared_state::until_registered) - now,
                             database.connection().sock());
        }
    }
}

bool group::serves(std::string_view queue) const {
    return std::ranges::find(options_.queues, queue) != options_.queues.end();
}

/// Also for jobs that are not at the end of their queue.
void group::look_everywhere(session& database) {
    auto const now = attempt::clock::now();
    auto const next = database.run(sql::next_transaction)[0];
    locks_.on_next(now, next["xid"].c_str());
    settled_ = locks_.before(now, std::chrono::milliseconds{next["longest_lease"].as<std::int64_t>()});
    maybe_suspects_ = true;
    desk_.look_everywhere();
    note_progress(database);
}

/// New jobs of fair queues get their places from where these stand.
void group::note_progress(session& database) {
    auto const progress = desk_.take_progress();
    if (progress.empty()) return;
    database.run(sql::note_progress,
                 pq::params{pq::array(progress, &queue_progress::queue), pq::array(progress, &queue_progress::priority),
                            pq::array(progress, &queue_progress::seq), pq::array(progress, &queue_progress::before)});
}

/// There are slots of a limit again.
void group::on_room(bool more) {
    executor_->look_again();
    if (!more) return;
    desk_.on_maybe_more();
    waiter_.wake();
}

void group::claim(session& database, claim_loop::claim const& asked) {
    claim_under_way claiming{desk_, asked};
    claim_suspect(database, claiming.got);
    for (auto const& queue : options_.queues)
        if (claiming.wanted() > 0) claim_from(database, queue, claiming.wanted(), false, claiming.got);
}

/// Comes before the others, so that it gets a thread at once.
void group::claim_suspect(session& database, claim_loop::claimed& got) {
    if (!maybe_suspects_ || state_->has_suspect.exchange(true)) return;
    try {
        for (auto const& queue : options_.queues) {
            claim_from(database, queue, 1, true, got);
            if (got.jobs > 0) return;
        }
    } catch (...) {
        state_->has_suspect = false;
        throw;
    }
    maybe_suspects_ = state_->has_suspect = false;
}

void group::claim_from(session& database, std::string const& queue, int wanted, bool suspects,
                       claim_loop::claimed& got) {
    claims_.run(queue, wanted, [&](auto const& part) { return claim_part(database, queue, part, suspects, got); });
}

/// Of others than suspects first those of the priority whose turn it is, if it is one's. Returns how many it has got.
int group::claim_part(session& database, std::string const& queue, limited_claims::part const& what, bool suspects,
                      claim_loop::claimed& got) {
    if (suspects) return claim_at(database, queue, what, what.jobs, std::nullopt, got);
    auto const now = attempt::clock::now();
    auto claimed = 0;
    if (auto const turn = desk_.begin_turn(what.lane, now, what.jobs, true))
        claimed = claim_at(database, queue, what, priority_turns::jobs_of(what.jobs), turn, got);
    if (claimed == what.jobs) return claimed;
    return claimed + claim_at(database, queue, what, what.jobs - claimed, desk_.begin(what.lane, now, true), got);
}

/// Without a look: suspects, wherever they are. Returns how many it has got.
int group::claim_at(session& database, std::string const& queue, limited_claims::part const& what, int wanted,
                    std::optional<lookout::look> const& look, claim_loop::claimed& got) {
    std::shared_lock const claiming{state_->claiming};
    auto const worker = state_->id();
    auto const floors = look ? look->from : claim_floor::floors{};
    pq::params const parameters{worker, queue, what.kinds, wanted, !look, pq::array(floors), settled_};
    auto claimed = read_claimed(database.run(sql::claim_jobs, parameters), queue, *state_, worker);
    auto const all = claimed;
    auto const jobs = static_cast<int>(all.size());
    for (auto const& one : all) got.add(one->job.payload.size(), one->needs_lease());
    auto parked = 0;
    try {
        parked = park_those_over_limits(database, claimed, *state_, crew_);
    } catch (...) { // nobody runs them, and the heart gives them back: see claim_failed
        TXQ_IF_PLANTED("room-lost", throw)
        desk_.on_left(jobs);
        throw;
    }
    desk_.on_left(parked);
    if (look) desk_.end(what.lane, *look, all, jobs < wanted, parked);
    executor_->submit(admit(std::move(claimed), *state_, *recorder_));
    return jobs;
}

attempt::clock::time_point group::next_deadline(attempt::clock::time_point next_poll) const {
    auto const waiting = executor_->oldest_waiting();
    auto const look = std::min({next_poll, desk_.look_at(), desk_.sweep_at()});
    return waiting ? std::min(look, *waiting + patience) : look;
}

} // namespace txq
