#include "batch_places.hpp"

#include <array>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

#include <txq/log.hpp>

#include "admission.hpp"
#include "failure.hpp"

namespace txq {

namespace {

/// Whoever holds a key for longer may wait for jobs that this very batch has locked.
constexpr auto key_patience = std::chrono::milliseconds{50};

/// It has waited in vain for a lock, in a circle, or altogether: the server says so, and has written nothing.
bool is_timeout(std::exception const& failed) {
    auto const state = pq::sqlstate(failed);
    return state == "55P03" || state == "40P01" || state == "57014";
}

} // namespace

batch_places::batch_places(shared_state& state, crew const& crew)
    : state_{state},
      crew_{crew},
      locker_{state.lockers.next()} {}

bool batch_places::take(attempts const& locked) {
    admitted_ = false;
    kept_places::many_names of;
    for (auto const& one : locked)
        if (one->counted != attempt::counting::none) of.insert({one->job.queue, one->job.kind});
    if (of.empty()) return true;
    auto const now = clock::now();
    admitted_ = kept_.cover(of, locked.front()->worker, now);
    if (admitted_ || ask(demand_of(locked, std::move(of), now))) return true;
    state_.limits.on_tight(limit_gate::clock::now());
    return false;
}

batch_places::demand batch_places::demand_of(attempts const& locked, kept_places::many_names of,
                                             clock::time_point now) const {
    using counting = attempt::counting;
    auto const worker = locked.front()->worker;
    demand what{.worker = worker, .of = std::move(of), .rows = {}, .alike = {}, .any_key = kept_.worth_asking(now)};
    for (auto const& one : locked) {
        auto const& job = one->job;
        if (one->counted == counting::by_payload) what.rows.push_back(one->row);
        if (one->counted == counting::by_names) ++what.alike[{job.queue, job.kind, job.tenant}];
    }
    for (auto const& [queue, kind] : kept_.of(worker, now)) {
        what.of.emplace(queue, kind);
        what.alike.try_emplace({queue, kind, {}}, 0);
    }
    return what;
}

bool batch_places::ask(demand const& what) {
    if (!connect()) return false;
    auto const part = [&](auto of) { return pq::array(what.alike, [of](auto const& one) { return of(one); }); };
    pq::params const with{what.worker,
                          locker_,
                          crew_.threads,
                          pq::array(what.rows),
                          part([](auto const& one) { return std::get<0>(one.first); }),
                          part([](auto const& one) { return std::get<1>(one.first); }),
                          part([](auto const& one) { return std::get<2>(one.first); }),
                          part([](auto const& one) { return one.second; }),
                          what.any_key};
    auto const asked = clock::now();
    worker_ = what.worker;
    try {
        auto const rows = database_->run(sql::admit_batch, with);
        admitted_ = !rows.empty();
        if (admitted_ && rows[0]["any_key"].as<bool>())
            kept_.keep(what.of, what.worker, asked);
        else
            kept_.count(what.any_key, asked);
        held_ = admitted_ && !kept_.any() ? read_places(rows[0]) : std::vector<limit_places>{};
        return admitted_;
    } catch (std::exception const& failed) {
        if (is_timeout(failed)) {
            if (what.any_key) kept_.put_off(asked);
            return false;
        }
        database_.reset();
        admitted_ = true; // for all that is known
        throw;
    }
}

/// A server that takes no more connections is no reason not to run jobs.
bool batch_places::connect() {
    try {
        if (database_) return true;
        auto options = state_.session_options("admission");
        options.lock_timeout = key_patience;
        options.statement_timeout = state_.options.lease / 4; // the locks wait for it
        database_ = std::make_unique<session>(options);
        return true;
    } catch (std::exception const& failed) {
        log::debug("no connection to ask for a batch of jobs", {{"error", printable(failed.what())}});
        return false;
    }
}

pq::params batch_places::mine() const { return pq::params{worker_, pq::array(std::array{locker_})}; }

void batch_places::end(session& database, pqxx::transaction_base& tx) {
    if (!kept_.any() || clock::now() >= kept_.until()) leave(database, tx);
}

void batch_places::leave(session& database, pqxx::transaction_base& tx) {
    if (!holds_any()) return;
    database.run(tx, sql::leave_batch, mine());
    left_ = true;
}

void batch_places::hand_over(session& database, pqxx::transaction_base& tx, attempts const& leased) {
    if (!admitted_ || leased.empty()) return;
    if (!left_ && !kept_.any()) leave(database, tx); // or their jobs would count twice; for places of any key they may
    std::map<uuid, attempt*> by_id;
    for (auto const& one : leased) by_id.emplace(one->job.id, one.get());
    pq::params const with{worker_, pq::array(leased, [](auto const& one) { return one->job.id; }),
                          pq::array(leased, [](auto const& one) { return one->job.fence; }), crew_.number,
                          crew_.threads};
    for (auto const& row : database.run(tx, sql::keep_places, with)) {
        auto const one = by_id.find(uuid::parse(row["id"].c_str()).value_or(uuid{}));
        if (one != by_id.end()) one->second->places = read_places(row);
    }
}

/// Without a lock of the keys, as it costs a write: what goes wrong or is missed here caretakers make up for.
void batch_places::on_ended(session& database) {
    admitted_ = false;
    if (!std::exchange(left_, false)) return;
    kept_.forget();
    auto const ended = std::exchange(held_, {});
    if (ended.empty()) return;
    try {
        pq::params const keys{pq::array(ended, &limit_places::limit), pq::array(ended, &limit_places::key)};
        if (database.run(sql::has_parked, keys)[0]["parked"].as<bool>()) release_parked(database, ended);
    } catch (std::exception const& failed) {
        log::debug("jobs that wait for others have to wait a little", {{"error", printable(failed.what())}});
    }
}

void batch_places::give_back(session& database) {
    database.run(sql::leave_batch, mine());
    left_ = true;
    on_ended(database);
}

void batch_places::abandon() {
    if (!admitted_ && !holds_any()) return;
    locker_ = state_.lockers.retire(worker_, locker_, locker_numbers::clock::now());
    admitted_ = left_ = false;
    held_.clear();
    kept_.forget();
}

} // namespace txq
