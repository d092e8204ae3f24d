#include "limiter.hpp"

#include <algorithm>
#include <cmath>

#include <txq/log.hpp>

#include "failure.hpp"

namespace txq {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds between_looks{500};       // for limits that are new
constexpr milliseconds between_adjustments{200}; // of those that there are
constexpr milliseconds while_short{50};          // and others may give some back
constexpr milliseconds between_takes{100};       // of beginnings
constexpr double ahead = 0.15;                   // so many seconds' worth of them
constexpr milliseconds at_least{20};             // however short of slots handlers are

/// Per queue and priority, to see whether there are jobs of a kind.
constexpr int looked_at = 200;

/// After a limit by key has become known: by then what was claimed before has a lease that is a second old.
constexpr auto before_counting = std::chrono::seconds{2};

/// Where they cannot all be looked at, it is tried to claim some, this often.
constexpr auto between_guesses = std::chrono::seconds{5};

limited limited_by(pqxx::row const& limit) {
    auto const is_queue = std::string_view{limit["scope"].c_str()} == name(limit_scope::queue);
    return {is_queue ? limit_scope::queue : limit_scope::kind, limit["name"].c_str()};
}

} // namespace

limiter::limiter(std::shared_ptr<shared_state> state) : state_{std::move(state)} {
    state_->limits.on_short([this] { waiter_.wake(); });
    thread_ = std::thread{[this] { run(); }};
}

limiter::~limiter() {
    state_->limits.on_short({});
    ending_ = true;
    waiter_.wake();
    thread_.join();
}

void limiter::run() {
    while (!ending_) {
        auto const wait = step();
        if (waiter_.wait_for(wait) == waiter::reason::woken && !ending_) waiter_.wait_for(at_least);
    }
}

std::chrono::milliseconds limiter::step() {
    try {
        if (!database_) {
            auto options = state_->session_options("limiter");
            options.statement_timeout = state_->options.lease / 4;
            options.idle_in_transaction_timeout = state_->options.lease; // others wait for what it has locked
            database_ = std::make_unique<session>(options);
            known_ = false;
        }
        auto const worker = state_->id();
        auto const sent = limit_gate::clock::now();
        auto [views, counted, counting] = read();
        std::vector<running_limit> limits;
        for (auto const& one : views) limits.push_back(one.limit);
        state_->limits.know_counted(std::move(counted));
        state_->limits.learn(worker, limits, sent);
        std::erase_if(needs_, [&](auto const& one) {
            return std::ranges::none_of(limits, [&](auto const& limit) { return limit.id == one.first; });
        });
        if (worker == 0) return shared_state::until_registered;
        count_running_jobs(counting);
        give_back_places(worker);
        auto next = between_looks;
        for (auto const& one : views) next = std::min(next, adjust(worker, one));
        waits_.reset();
        return next;
    } catch (std::exception const& failed) {
        complain(failed);
        database_.reset();
        return waits_.next();
    }
}

/// The heart says that the database is away, or that this worker is found dead.
void limiter::complain(std::exception const& failed) {
    auto const unregistered = pq::sqlstate(failed) == "23503";
    if (classify(failed) != fault::statement || unregistered || !refusals_.due(limit_gate::clock::now())) return;
    log::error(pq::sqlstate(failed) == "42501" ? lacks_privilege
                                               : "limits cannot be read, so nothing is claimed; trying again",
               {{"error", printable(failed.what())}});
}

limiter::known_limits limiter::read() {
    if (!known_) known_ = database_->run(sql::has_limits)[0]["known"].as<bool>();
    if (!known_) return {};
    known_limits known;
    auto& views = known.shared_out;
    for (auto const& row : database_->run(
             sql::read_limits, pq::params{pq::array(state_->queues()), pq::array(state_->handlers.kinds())})) {
        auto const id = row["id"].as<std::int64_t>();
        if (row["counted"].as<bool>()) {
            known.counted.push_back({limited_by(row), row["by_payload"].as<bool>()});
            if (!row["max_running"].is_null()) known.counting.push_back(id);
            continue;
        }
        if (views.empty() || views.back().limit.id != id) {
            auto const maximum =
                row["max_running"].is_null() ? running_limit::any_number : row["max_running"].as<int>();
            views.push_back({{id, limited_by(row), maximum, row["rate"].is_null() ? 0.0 : row["rate"].as<double>()},
                             {},
                             row["turn"].as<std::int64_t>()});
        }
        if (!row["worker"].is_null())
            views.back().holders.push_back(
                {row["worker"].as<std::int64_t>(), row["wanted"].as<int>(), row["slots"].as<int>()});
    }
    return known;
}

/// What lockers may hold and do not know of.
void limiter::give_back_places(std::int64_t worker) {
    auto const lockers = state_->lockers.retired(worker, limit_gate::clock::now());
    if (!lockers.empty()) database_->run(sql::leave_batch, pq::params{worker, pq::array(lockers)});
}

/// Once for each limit: what was claimed before it was known here, or by workers that have not got round to it.
void limiter::count_running_jobs(std::vector<std::int64_t> const& limits) {
    auto const now = limit_gate::clock::now();
    std::erase_if(uncounted_since_, [&](auto const& one) { return std::ranges::count(limits, one.first) == 0; });
    for (auto const limit : limits) {
        auto& since = uncounted_since_.emplace(limit, now).first->second;
        if (since > now - before_counting) continue;
        database_->run(sql::count_running_jobs, pq::params{limit});
        since = limit_gate::clock::time_point::max();
    }
}

std::chrono::milliseconds limiter::adjust(std::int64_t worker, view const& what) {
    auto const& limit = what.limit;
    auto const used = state_->limits.take_usage(limit.id);
    auto const short_of = is_short(limit, used, needs_[limit.id]);
    auto next = between_looks;
    if (limit.max_running != running_limit::any_number) next = hold_slots(worker, what, used, short_of);
    if (limit.rate > 0) next = std::min(next, take_starts(limit, used, short_of));
    return next;
}

/// Whether more of its jobs could be run if the limit let them.
bool limiter::is_short(running_limit const& limit, limit_gate::usage const& used, need& needs) {
    auto const now = limit_gate::clock::now();
    if (used.in_use > 0 || used.spent > 0) needs.next_guess = now + between_guesses;
    return used.short_of || (used.tempted && has_jobs(limit, now >= needs.next_guess));
}

std::chrono::milliseconds limiter::take_starts(running_limit const& limit, limit_gate::usage const& used,
                                               bool short_of) {
    auto const most = std::max(1, static_cast<int>(std::ceil(limit.rate * ahead)));
    auto const wanted = (short_of ? most : std::min(most, 2 * used.spent)) - used.starts;
    if (wanted <= 0) return between_takes;
    auto const sent = limit_gate::clock::now();
    auto const rows = database_->run(sql::take_starts, pq::params{limit.id, wanted});
    if (rows.empty()) return while_short; // others are taking some, or somebody changes the limit
    auto const taken = rows[0]["starts"].as<int>();
    state_->limits.on_starts(limit.id, taken, sent);
    if (taken > 0) return between_takes;
    return std::clamp(milliseconds{rows[0]["wait_ms"].as<std::int64_t>()}, at_least, between_looks);
}

std::chrono::milliseconds limiter::hold_slots(std::int64_t worker, view const& what, limit_gate::usage const& used,
                                              bool short_of) {
    auto const& limit = what.limit;
    auto const wanted = needs_[limit.id].slots.update(limit_gate::clock::now(), used.peak, short_of, most(limit));
    auto holders = what.holders;
    auto mine = std::ranges::find(holders, worker, &slot_holder::worker);
    auto const written = mine == holders.end() ? std::optional<slot_holder>{} : *mine;
    if (!written) mine = holders.insert(holders.end(), {worker, 0, 0}); // the newest comes last
    mine->wanted = wanted;
    mine->slots = std::max(used.slots, used.in_use);
    auto const me = static_cast<std::size_t>(mine - holders.begin());

    auto const target = slots_to_hold(limit.max_running, holders, me, what.turn);
    auto const kept = state_->limits.aim(limit.id, target);
    auto const hold = std::max(target, kept);
    auto const agreed = written && written->slots == hold && written->wanted == wanted && used.slots == hold;
    auto const differs = !agreed && (written || hold > 0 || wanted > 0);
    auto const known = !differs || write(worker, limit, {worker, wanted, hold}, kept);
    return wanted > hold || !known ? while_short : between_adjustments;
}

/// How many handlers of the limit's jobs could run here at once.
int limiter::most(running_limit const& limit) const {
    auto threads = 0;
    for (auto const& group : state_->options.groups)
        if (limit.of.scope == limit_scope::kind || std::ranges::count(group.queues, limit.of.name) > 0)
            threads += group.threads;
    return std::min(threads, limit.max_running);
}

/// `guess`: what to think if nobody knows.
bool limiter::has_jobs(running_limit const& limit, bool guess) {
    auto const row = database_->run(sql::has_limited_jobs,
                                    pq::params{name(limit.of.scope), limit.of.name, pq::array(state_->queues()),
                                               pq::array(state_->handlers.kinds()), looked_at})[0];
    return row["waiting"].as<bool>() || (guess && row["unseen"].as<bool>());
}

/// False while others are writing, or somebody changes the limit.
bool limiter::write(std::int64_t worker, running_limit const& limit, slot_holder const& wanted, int kept) {
    auto const bounded = database_->bound();
    pqxx::work tx{database_->connection()};
    database_->begin(tx);
    if (database_->run(tx, sql::lock_limit, pq::params{limit.id}).empty()) return false;
    auto const granted =
        database_->run(tx, sql::grant_slots, pq::params{limit.id, worker, wanted.wanted, wanted.slots, kept});
    tx.commit();
    if (!granted.empty()) state_->limits.on_granted(worker, limit.id, granted[0]["slots"].as<int>());
    return true;
}

} // namespace txq
