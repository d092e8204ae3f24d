#include "service.hpp"

#include <utility>

#include <txq/detail/process_name.hpp>
#include <txq/log.hpp>

#include "pacer.hpp"
#include "schema_watch.hpp"

namespace txq::relay {

namespace {

using steady = std::chrono::steady_clock;

/// More than this is not left lying in the outbox for the rotation interval.
constexpr std::size_t much_to_tidy = std::size_t{64} * 1024 * 1024;

/// Behind the same name may be another server by now, from which jobs can be moved.
constexpr auto connect_again_after = std::chrono::seconds{10};

} // namespace

service::service(settings how, std::stop_token stop) : how_{std::move(how)}, waiter_{std::move(stop)} {}

void service::run() {
    while (!waiter_.stop_requested()) {
        try {
            if (serve()) return;
        } catch (overtaken const&) {
            // without the lock that only one has, that is how they take turns
            log::event(how_.pooled ? log::level::debug : log::level::warning,
                       "another relay is active for this outbox: stepping back");
            if (!how_.once) on_working(); // both databases have answered
            waiter_.wait_for(how_.standby_interval);
        } catch (failure const& failed) {
            if (how_.once) throw;
            on_failure(failed);
            waiter_.wait_for(waits_.next());
        }
    }
}

/// One pair of connections. True when there is nothing left to do.
bool service::serve() {
    source from{how_.source, how_.pooled};
    destination to{how_.queue, process_name(), how_.pooled};
    schema_watch schemas{from, to};
    if (!become_active(from, to, schemas)) return true;
    if (state_ == state::standing_by) schemas.look(steady::now()); // whom it follows may have stopped because of it
    mover jobs{from, to, how_.limit, how_.lost_commits};
    if (!begin(jobs, from, to)) return false;
    change_to(state::active);
    depth_watch depths{from, to};
    return keep_moving(jobs, depths, schemas);
}

bool service::become_active(source& from, destination& to, schema_watch& schemas) {
    while (!from.try_lock()) {
        schemas.step(steady::now());
        change_to(state::standing_by);
        if (!how_.once)
            on_working();
        else if (nothing_left(from, to))
            return false;
        waiter_.wait_for(how_.standby_interval);
        if (waiter_.stop_requested()) return false;
    }
    return true;
}

/// False where it is to be tried again.
bool service::begin(mover& jobs, source& from, destination& to) {
    try {
        jobs.begin();
        return true;
    } catch (stopped const& why) {
        if (how_.once) throw;
        on_stopped(why);
        wait_for_a_word(from, to, why.of());
        return false;
    }
}

/// Stays the active relay meanwhile, so that others stand by.
void service::wait_for_a_word(source& from, destination& to, outbox_key const& of) {
    depth_watch depths{from, to};
    auto const until = steady::now() + connect_again_after;
    while (steady::now() < until && !waiter_.stop_requested() && to.is_stopped(of)) {
        on_working();
        depths.step(steady::now());
        waiter_.wait_for(how_.standby_interval);
    }
}

/// Also what another relay has moved need not be moved any more. It is not waited for for ever if it does not move any.
bool service::nothing_left(source& from, destination& to) {
    outbox_key const key{.id = from.identify().id, .database = from.is().database};
    auto const last = to.read_record(key).last;
    if (std::exchange(followed_, last.batch) != last.batch) on_working();
    return !from.peek(last.at).anything;
}

bool service::keep_moving(mover& jobs, depth_watch& depths, schema_watch& schemas) {
    pacer pace{how_.poll_interval};
    auto tidy_at = steady::now() + how_.rotate_interval;
    for (bool more = true; !waiter_.stop_requested();) {
        auto const step = more || jobs.anything() ? jobs.move() : moved{};
        more = step.more;
        if (!step.refused) on_moving();
        auto const done = how_.once && !more;
        if (done || steady::now() >= tidy_at || jobs.bytes_to_tidy() >= much_to_tidy) {
            jobs.tidy();
            tidy_at = steady::now() + how_.rotate_interval;
        }
        if (done) break;
        depths.step(steady::now());
        schemas.step(steady::now());
        if (step.jobs > 0) pace.on_jobs();
        if (!more) waiter_.wait_for(pace.next());
    }
    return true;
}

void service::change_to(state now) {
    if (state_ == now) return;
    state_ = now;
    log::info(now == state::active ? "active: moving jobs" : "standing by: another relay is active",
              {{"outbox", how_.source.describe()}, {"queue", how_.queue.describe()}});
}

void service::on_failure(failure const& failed) {
    // A lost connection is one event, however many ways it has to show itself until it is back.
    auto const refused = failed.kind() == fault::statement;
    auto const news = tries_ == 0 || (refused && trouble_ != failed.what());
    auto const due = failures_.due(steady::now(), news);
    trouble_ = failed.what();
    ++tries_;
    if (due && failed.lacks_privilege())
        log::error("the role lacks a privilege that the relay needs, trying again until it is granted",
                   {{"database", failed.database()}, {"error", failed.what()}, {"see", "docs/operating.md, Roles"}});
    else if (due)
        log::warning("a database cannot be used, trying again until it can",
                     {{"database", failed.database()}, {"error", failed.what()}});
    else
        log::debug("still not", {{"tries", tries_}, {"database", failed.database()}, {"error", failed.what()}});
}

void service::on_stopped(stopped const& why) {
    state_ = state::stopped;
    auto const due = failures_.due(steady::now(), trouble_ != why.what());
    trouble_ = why.what();
    if (due) why.log();
}

void service::on_moving() {
    on_working();
    trouble_.clear();
}

void service::on_working() {
    watchdog_.on_heard();
    waits_.reset();
    if (tries_ > 0) log::info("the databases are back", {{"tries", tries_}});
    tries_ = 0;
}

} // namespace txq::relay
