#include "locker.hpp"

#include <algorithm>

#include <txq/detail/planted.hpp>
#include <txq/log.hpp>

#include "admission.hpp"
#include "claimed_jobs.hpp"

namespace txq {

namespace {

/// How long a transaction waits for handlers. What takes longer goes on under a lease.
constexpr auto lasting = std::chrono::milliseconds{30};

uuid id_of(locked_batch::pointer const& one) { return one->job.id; }
std::int64_t fence_of(locked_batch::pointer const& one) { return one->job.fence; }

std::set<uuid> ids_of(pqxx::result const& rows) {
    std::set<uuid> ids;
    for (auto const& row : rows) ids.insert(uuid::parse(row["id"].c_str()).value_or(uuid{}));
    return ids;
}

std::unique_ptr<session> connect(shared_state const& state) {
    auto options = state.session_options("locker");
    options.lock_timeout = recorder::lock_patience;
    // later than this worker, not reaching the database, stops its handlers
    options.idle_in_transaction_timeout = state.options.lease;
    return std::make_unique<session>(options);
}

} // namespace

locker::locker(surroundings const& where)
    : where_{where},
      places_{where.state, where.crew},
      trouble_{where.state.options.lease},
      thread_{[this] { run(); }} {}

locker::~locker() { thread_.join(); }

void locker::run() {
    while (auto const asked = where_.desk.wait_to_lock(places_.kept_until())) {
        if (asked->jobs == 0 || places_.overdue(claim_desk::clock::now())) give_places_back();
        if (asked->jobs == 0) continue;
        if (!where_.state.may_claim()) {
            where_.desk.end(*asked, {});
            where_.desk.pause(shared_state::until_registered);
            where_.desk.on_maybe_more();
            continue;
        }
        try {
            claim(*asked);
            waits_.reset();
        } catch (std::exception const& failed) {
            if (trouble_.on_failure(attempt::clock::now(), where_.state.lease_holds(),
                                    classify(failed) == fault::statement))
                log::error("claiming failed", {{"error", printable(failed.what())}});
            database_.reset();
            places_.abandon();
            where_.desk.pause(waits_.next());
            where_.desk.on_maybe_more();
        }
    }
    give_places_back();
}

/// Those that no batch has come for in time: it may need none, or there may be nothing to do. Without a connection the
/// worker is being closed, and handlers of the last batch may still run: what they hold goes with the registration.
void locker::give_places_back() {
    if (!places_.keeps() || !database_) return;
    try {
        places_.give_back(*database_);
    } catch (std::exception const& failed) {
        log::debug("places of limits cannot be given back yet", {{"error", printable(failed.what())}});
        database_.reset();
        places_.abandon();
    }
}

void locker::claim(claim_loop::claim const& asked) {
    claim_under_way asking{where_.desk, asked};
    std::shared_ptr<locked_batch> batch;
    attempts claimed;
    int process = 0; // of the session, on the server
    try {
        if (!database_) database_ = connect(where_.state);
        process = database_->server_process();
        auto const bounded = database_->bound();
        pqxx::work tx{database_->connection()};
        claimed = lock(tx, asking);
        if (claimed.empty()) return;
        auto const is_for_leases = std::ranges::any_of(claimed, [](auto const& one) { return one->needs_lease(); });
        if (is_for_leases || !places_.take(claimed)) return lease_all(tx, claimed);
        check_locks(tx, *claimed.front());
        batch = begin(claimed);
        finish(tx, *batch);
    } catch (std::exception const& failed) {
        if (!batch) { // nobody runs what it had locked
            TXQ_IF_PLANTED("room-lost", throw)
            where_.desk.on_left(static_cast<int>(claimed.size()));
            throw;
        }
        log::warning("jobs that were claimed by locks go on under leases",
                     {{"jobs", claimed.size()}, {"error", printable(failed.what())}});
        save(*batch, claimed, process);
    }
}

/// Where asking for places has taken long, whether the locks are still there: the server ends a session that has been
/// idle in its transaction, as this one was meanwhile.
void locker::check_locks(pqxx::work& tx, attempt const& locked) {
    if (attempt::clock::now() - locked.claimed > where_.state.options.lease / 8) database_->run(tx, sql::server_clock);
}

locker::attempts locker::lock(pqxx::work& tx, claim_under_way& asking) {
    claim_loop::claimed got;
    attempts all;
    worker_ = where_.state.id(); // of all of them, also if it registers anew meanwhile
    for (auto const& queue : where_.options.queues) {
        auto const wanted = asking.wanted() - got.jobs;
        if (wanted == 0) break;
        where_.claims.run(queue, wanted, [&](auto const& part) {
            auto found = lock_part(tx, queue, part);
            for (auto const& one : found) got.add(one->job.payload.size(), one->needs_lease());
            std::ranges::move(found, std::back_inserter(all));
            return static_cast<int>(found.size());
        });
    }
    asking.got = got; // not before: what a transaction that fails had locked it has not got
    asking.end();
    return all;
}

/// First those of the priority whose turn it is, if it is one's.
locker::attempts locker::lock_part(pqxx::work& tx, std::string const& queue, limited_claims::part const& what) {
    auto const now = attempt::clock::now();
    attempts found;
    if (auto const turn = where_.desk.begin_turn(what.lane, now, what.jobs, false))
        found = lock_at(tx, queue, what, priority_turns::jobs_of(what.jobs), *turn);
    auto const left = what.jobs - static_cast<int>(found.size());
    if (left > 0)
        std::ranges::move(lock_at(tx, queue, what, left, where_.desk.begin(what.lane, now, false)),
                          std::back_inserter(found));
    return found;
}

locker::attempts locker::lock_at(pqxx::work& tx, std::string const& queue, limited_claims::part const& what, int wanted,
                                 lookout::look const& look) {
    auto const rows =
        database_->run(tx, sql::lock_jobs, pq::params{worker_, queue, what.kinds, wanted, pq::array(look.from)});
    auto found = read_claimed(rows, queue, where_.state, worker_);
    where_.desk.end(what.lane, look, found, static_cast<int>(found.size()) < wanted);
    return found;
}

/// Jobs that are not for locks: all of them get leases, since the locks end with the transaction that writes them.
void locker::lease_all(pqxx::work& tx, attempts claimed) {
    std::shared_lock const claiming{where_.state.claiming};
    auto const wanted = static_cast<int>(claimed.size());
    try {
        auto const leased = lease(tx, claimed);
        tx.commit();
        std::erase_if(claimed, [&](auto const& one) { return !leased.contains(id_of(one)); });
        park_those_over_limits(*database_, claimed, where_.state, where_.crew);
    } catch (...) {
        where_.state.claim_failed = true;
        throw;
    }
    where_.desk.on_left(wanted - static_cast<int>(claimed.size()));
    where_.handlers.submit(admit(std::move(claimed), where_.state, where_.endings));
}

std::shared_ptr<locked_batch> locker::begin(attempts const& claimed) {
    auto batch = std::make_shared<locked_batch>(claimed);
    attempts to_run;
    to_run.reserve(claimed.size());
    for (auto const& one : claimed) {
        one->batch = batch;
        if (where_.state.attempts.add(one))
            to_run.push_back(one);
        else
            batch->on_end(*one, ending::after_its_predecessor());
    }
    where_.handlers.submit(std::move(to_run));
    return batch;
}

void locker::finish(pqxx::work& tx, locked_batch& batch) {
    places_.end(*database_, tx); // already, since handlers run meanwhile
    batch.wait(attempt::clock::now() + lasting);
    auto const [completed, others] = batch.close();
    if (!completed.empty())
        database_->run(tx, sql::complete_locked_jobs, pq::params{pq::array(completed, &attempt::row)});
    auto const leased = go_on(tx, others);
    tx.commit();
    settle(batch, true, leased);
    places_.on_ended(*database_);
}

/// Without the locks. The ids of those that have leases now.
std::set<uuid> locker::go_on(pqxx::work& tx, attempts const& those) {
    auto leased = those.empty() ? std::set<uuid>{} : lease(tx, those);
    attempts holders;
    std::ranges::copy_if(those, std::back_inserter(holders),
                         [&](auto const& one) { return leased.contains(id_of(one)); });
    places_.hand_over(*database_, tx, holders);
    return leased;
}

/// The ids of those that are leased now.
std::set<uuid> locker::lease(pqxx::transaction_base& tx, attempts those) {
    std::ranges::sort(those, {}, id_of);
    return ids_of(database_->run(
        tx, sql::lease_jobs, pq::params{those.front()->worker, pq::array(those, id_of), pq::array(those, fence_of)}));
}

/// The transaction has come to nothing, or nobody knows what has become of it: jobs that are neither completed nor
/// somebody else's by now get leases. Those that somebody else keeps locked are lost, for they must not keep the
/// others.
void locker::save(locked_batch& batch, attempts const& claimed, int claimed_by) {
    auto kept_locked = false; // some of them, maybe still by the session that has claimed them
    for (backoff waits{std::chrono::milliseconds{50}, std::chrono::milliseconds{500}};;) {
        try {
            database_.reset();
            database_ = connect(where_.state);
            auto const bounded = database_->bound();
            pqxx::work tx{database_->connection()};
            places_.leave(*database_, tx);
            auto const by_others =
                kept_locked && database_->run(tx, sql::session_lives, pq::params{claimed_by}).empty();
            auto const leased = go_on(tx, by_others ? unlocked(tx, claimed) : claimed);
            tx.commit();
            // one that is not here may have been given a lease by a COMMIT that comes to its end only now
            if (leased.size() < claimed.size()) where_.state.claim_failed = true;
            settle(batch, false, leased);
            return places_.on_ended(*database_);
        } catch (std::exception const& failed) {
            kept_locked = pq::sqlstate(failed) == "55P03";
            if (classify(failed) == fault::statement && refusals_.due(attempt::clock::now()))
                log::error("leasing failed", {{"error", printable(failed.what())}});
            if (where_.desk.pause(waits.next())) continue;
            database_.reset(); // so that nothing is given back that handlers which still run have begun with
            return settle(batch, false, {});
        }
    }
}

locker::attempts locker::unlocked(pqxx::work& tx, attempts those) {
    std::ranges::sort(those, {}, id_of);
    auto const free = ids_of(
        database_->run(tx, sql::lock_jobs_by_id, pq::params{pq::array(those, id_of), pq::array(those, fence_of)}));
    std::erase_if(those, [&](auto const& one) { return !free.contains(id_of(one)); });
    return those;
}

void locker::settle(locked_batch& batch, bool completed_recorded, std::set<uuid> const& leased) {
    auto const settled = batch.settle(completed_recorded, leased);
    for (auto const& one : settled.lost) one->stop(stop_reason::lease_lost);
    for (auto const& [one, how] : settled.to_record) where_.endings.record(one, how);
    where_.state.attempts.remove(settled.gone);
    where_.desk.on_left(static_cast<int>(settled.gone.size()));
}

} // namespace txq
