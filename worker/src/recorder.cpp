#include "recorder.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <txq/detail/backoff.hpp>
#include <txq/detail/once_a_minute.hpp>
#include <txq/log.hpp>

#include "admission.hpp"
#include "failure_report.hpp"
#include "next_in_order.hpp"

namespace txq {

namespace {

constexpr int largest_batch = 2000;

} // namespace

recorder::recorder(std::shared_ptr<shared_state> state, std::function<void(int)> on_recorded)
    : state_{std::move(state)},
      on_recorded_{std::move(on_recorded)},
      limit_{largest_batch},
      thread_{[this] { run(); }} {}

recorder::~recorder() {
    close(std::chrono::milliseconds{0});
    thread_.join();
}

void recorder::record(pointer which, ending how) {
    {
        std::lock_guard const lock{mutex_};
        entries_.push_back({std::move(which), std::move(how)});
    }
    changed_.notify_all();
}

void recorder::recorded(pointer which) {
    {
        std::lock_guard const lock{mutex_};
        entries_.push_back({std::move(which), {}, true});
    }
    changed_.notify_all();
}

void recorder::close(std::chrono::milliseconds patience) {
    std::unique_lock lock{mutex_};
    closing_ = true;
    changed_.notify_all();
    if (!changed_.wait_for(lock, patience, [this] { return entries_.empty() && refused_.empty() && writing_ == 0; })) {
        given_up_ = true;
        changed_.notify_all();
    }
}

std::vector<recorder::entry> recorder::take(std::deque<entry>& from, std::size_t most) {
    auto const end = from.begin() + static_cast<std::ptrdiff_t>(std::min(from.size(), most));
    std::vector<entry> batch{std::make_move_iterator(from.begin()), std::make_move_iterator(end)};
    from.erase(from.begin(), end);
    writing_ = batch.size();
    return batch;
}

/// Empty: there will be no more.
std::vector<recorder::entry> recorder::next_batch() {
    std::unique_lock lock{mutex_};
    for (;;) {
        if (given_up_) return {};
        if (!refused_.empty() && std::chrono::steady_clock::now() >= refused_until_) return take(refused_, 1);
        if (!entries_.empty()) return take(entries_, static_cast<std::size_t>(limit_.rows()));
        if (!refused_.empty())
            changed_.wait_until(lock, refused_until_);
        else if (closing_)
            return {};
        else
            changed_.wait(lock);
    }
}

void recorder::put_back(std::vector<entry> batch) {
    std::lock_guard const lock{mutex_};
    for (auto& one : batch) entries_.push_back(std::move(one));
    writing_ = 0;
}

void recorder::put_aside(std::vector<entry> refused, std::chrono::milliseconds wait) {
    std::lock_guard const lock{mutex_};
    for (auto& one : refused) refused_.push_back(std::move(one));
    refused_until_ = std::chrono::steady_clock::now() + wait;
    writing_ = 0;
}

/// False if it is not worth while to go on.
bool recorder::pause(std::chrono::milliseconds wait) {
    std::unique_lock lock{mutex_};
    return !changed_.wait_for(lock, wait, [this] { return given_up_; });
}

std::unique_ptr<session> recorder::connect() const {
    auto options = state_->session_options("recorder");
    options.lock_timeout = lock_patience;
    return std::make_unique<session>(options);
}

void recorder::run() {
    std::unique_ptr<session> database;
    backoff waits;
    backoff refused_waits{lock_patience};
    once_a_minute failures;
    for (auto batch = next_batch(); !batch.empty(); batch = next_batch()) {
        try {
            if (!database) database = connect();
            write(*database, batch);
            let_others_run(*database, batch);
            limit_.on_written();
            waits.reset();
            forget(batch);
        } catch (std::exception const& failed) {
            auto const what = classify(failed);
            auto const refused = what == fault::statement;
            if (refused) limit_.on_refused();
            if (refused && batch.size() > 1) {
                put_back(std::move(batch)); // and in halves the next time
                continue;
            }
            log::event(failures.due(std::chrono::steady_clock::now()) ? log::level::warning : log::level::debug,
                       "recording failed, trying again", {{"jobs", batch.size()}, {"error", printable(failed.what())}});
            if (refused) {
                put_aside(std::move(batch), refused_waits.next());
                continue;
            }
            put_back(std::move(batch));
            if (what != fault::retry) database.reset();
            if (!pause(waits.next())) return;
        }
    }
}

void recorder::forget(std::vector<entry> const& batch) {
    std::vector<pointer> gone;
    gone.reserve(batch.size());
    for (auto const& one : batch) {
        gone.push_back(one.which);
        if (one.which->is_suspect()) state_->has_suspect = false;
    }
    state_->attempts.remove(gone);
    // A COMMIT in doubt may have written its lease after all. Not before: what is in the hand is not looked for.
    if (std::ranges::any_of(gone, [](auto const& one) { return one->held == attempt::held_by::nobody; }))
        state_->claim_failed = true;
    on_recorded_(static_cast<int>(batch.size()));
    {
        std::lock_guard const lock{mutex_};
        writing_ = 0;
    }
    changed_.notify_all();
}

void recorder::write(session& database, std::vector<entry> const& batch) {
    // per registration, of which there is nearly always one
    std::set<std::int64_t> workers;
    for (auto const& one : batch)
        if (!one.in_database) workers.insert(one.which->worker);
    for (auto const worker : workers) write_of(database, worker, batch);
}

/// Ids ascending in every batch of every worker: two of them do not wait for each other in a circle.
void recorder::write_of(session& database, std::int64_t worker, std::vector<entry> const& batch) {
    std::vector<entry const*> completed;
    std::vector<entry const*> others;
    for (auto const& one : batch) {
        if (one.in_database || one.which->worker != worker) continue;
        (one.how.state == ending::state::completed ? completed : others).push_back(&one);
    }
    if (!completed.empty()) complete(database, worker, std::move(completed));
    if (!others.empty()) end(database, worker, std::move(others));
}

/// Also for those whose own transaction has recorded their end.
void recorder::let_others_run(session& database, std::vector<entry> const& batch) {
    let_go_on([&] { let_orders_go_on(database, batch); });
    let_go_on([&] { let_parked_run(database, batch); });
}

/// What goes wrong here caretakers make up for.
void recorder::let_go_on(std::function<void()> const& step) {
    try {
        step();
    } catch (std::exception const& failed) {
        log::debug("jobs that wait for others have to wait a little", {{"error", printable(failed.what())}});
        if (classify(failed) == fault::connection) throw;
    }
}

void recorder::let_orders_go_on(session& database, std::vector<entry> const& batch) {
    pq::array_literal queues;
    pq::array_literal keys;
    auto any = false;
    for (auto const& one : batch) {
        auto const& job = one.which->job;
        if (job.order_key.empty()) continue;
        any = true;
        queues.add(job.queue);
        keys.add(job.order_key);
    }
    if (any) let_next_in_order_run(database, pq::params{std::move(queues).str(), std::move(keys).str()});
}

void recorder::let_parked_run(session& database, std::vector<entry> const& batch) {
    std::vector<limit_places> ended;
    for (auto const& one : batch) std::ranges::copy(one.which->places, std::back_inserter(ended));
    release_parked(database, ended);
}

/// Those that were not written were not ours any more.
void recorder::tell_what_was_lost(pqxx::result const& written, std::vector<entry const*> const& those) {
    if (static_cast<std::size_t>(written.size()) == those.size()) return;
    std::set<std::string> ours;
    for (auto const& row : written) ours.insert(row["id"].c_str());
    for (auto const* one : those)
        if (!ours.contains(id_of(one).str()))
            log::debug("not ours any more", {{"job", id_of(one).str()}, {"fence", fence_of(one)}});
}

void recorder::complete(session& database, std::int64_t worker, std::vector<entry const*> those) const {
    std::ranges::sort(those, {}, id_of);
    auto const written =
        database.run(sql::complete_jobs, pq::params{worker, pq::array(those, id_of), pq::array(those, fence_of)});
    tell_what_was_lost(written, those);
}

void recorder::end(session& database, std::int64_t worker, std::vector<entry const*> those) const {
    std::ranges::sort(those, {}, id_of);
    auto const of_error = [&those](auto what) {
        return pq::array(those, [&](entry const* one) {
            return one->how.error ? std::optional{what(*one->how.error)} : std::nullopt;
        });
    };
    auto const written = database.run(
        sql::end_attempts,
        pq::params{worker, state_->name, pq::array(those, id_of), pq::array(those, fence_of),
                   pq::array(those, [](entry const* one) { return name(one->how.state); }),
                   pq::array(those, [](entry const* one) { return one->how.delay.count(); }),
                   pq::array(those, [](entry const* one) { return one->how.refund; }), of_error(stored_error),
                   of_error([](job_failure const& error) { return error.message; })});
    tell_what_was_lost(written, those);
    tell_hook(written, those);
}

void recorder::tell_hook(pqxx::result const& written, std::vector<entry const*> const& those) const {
    auto const& hook = state_->options.on_failure;
    if (!hook || std::ranges::none_of(those, [](entry const* one) { return one->how.failed; })) return;
    std::map<std::string, std::string> states;
    for (auto const& row : written) states.emplace(row["id"].c_str(), row["state"].c_str());
    for (auto const* one : those) {
        auto const state = states.find(id_of(one).str());
        if (one->how.failed && state != states.end())
            hook(report_of(one->which->job, one->how, state->second, state_->name));
    }
}

} // namespace txq
