#include "batch_places.hpp"

#include <array>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

#include <nlohmann/json.hpp>

#include <txq/log.hpp>

#include "admission.hpp"
#include "failure.hpp"

namespace txq {

namespace {

/// Whoever holds a key for longer may wait for jobs that this very batch has locked.
constexpr auto key_patience = std::chrono::milliseconds{50};

/// Where it holds any.
std::vector<limit_places> read_held(pqxx::row const& row) {
    auto held = read_places(row);
    if (held.empty()) return held;
    auto const places = nlohmann::json::parse(row["places"].c_str());
    for (std::size_t i = 0; i < held.size(); ++i)
        held[i].places = places[i].is_null() ? 0 : places[i].get<std::int64_t>();
    std::erase_if(held, [](limit_places const& one) { return one.places == 0; });
    return held;
}

/// Of the wait for a lock, or of the statement: the server says so, and has written nothing.
bool is_timeout(std::exception const& failed) {
    auto const state = pq::sqlstate(failed);
    return state == "55P03" || state == "57014";
}

} // namespace

batch_places::batch_places(shared_state& state, int threads)
    : state_{state},
      threads_{threads},
      locker_{state.lockers.next()} {}

batch_places::demand batch_places::demand_of(attempts const& locked) const {
    using counting = attempt::counting;
    demand what;
    for (auto const& one : locked) {
        auto const& job = one->job;
        if (one->counted == counting::by_payload) what.rows.push_back(one->row);
        if (one->counted == counting::by_names) ++what.alike[{job.queue, job.kind, job.tenant}];
    }
    return what;
}

bool batch_places::take(attempts const& locked) {
    admitted_ = false;
    auto what = demand_of(locked);
    if (what.rows.empty() && what.alike.empty()) return true;
    auto const worker = locked.front()->worker;
    auto const now = clock::now();
    if (what.rows.empty()) {
        admitted_ = kept_.cover(what.alike, worker, now);
        if (admitted_) return true;
        kept_.add_to(what.alike, worker, now);
    }
    if (ask(worker, what)) return true;
    state_.limits.on_tight(limit_gate::clock::now());
    return false;
}

bool batch_places::ask(std::int64_t worker, demand const& what) {
    if (!connect()) return false;
    auto const part = [&](auto of) { return pq::array(what.alike, [of](auto const& one) { return of(one); }); };
    pq::params const with{worker,
                          locker_,
                          threads_,
                          pq::array(what.rows),
                          part([](auto const& one) { return std::get<0>(one.first); }),
                          part([](auto const& one) { return std::get<1>(one.first); }),
                          part([](auto const& one) { return std::get<2>(one.first); }),
                          part([](auto const& one) { return one.second; })};
    auto const asked = clock::now();
    worker_ = worker;
    try {
        auto const rows = database_->run(sql::admit_batch, with);
        held_.clear(); // it has given back what it held
        admitted_ = !rows.empty();
        if (admitted_)
            admit(rows[0], what, asked);
        else
            kept_.forget();
        return admitted_;
    } catch (std::exception const& failed) {
        if (is_timeout(failed)) return false;
        database_.reset();
        admitted_ = true; // for all that is known
        throw;
    }
}

void batch_places::admit(pqxx::row const& answer, demand const& what, clock::time_point asked) {
    held_ = read_held(answer);
    if (answer["ample"].as<bool>())
        kept_.keep(what.alike, worker_, asked);
    else
        kept_.forget();
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
    if (held_.empty()) return;
    database.run(tx, sql::leave_batch, mine());
    left_ = true;
}

void batch_places::hand_over(session& database, pqxx::transaction_base& tx, attempts const& leased) {
    if (!admitted_ || leased.empty()) return;
    if (!left_) leave(database, tx); // or their jobs would count twice
    std::map<uuid, attempt*> by_id;
    for (auto const& one : leased) by_id.emplace(one->job.id, one.get());
    pq::params const with{worker_, pq::array(leased, [](auto const& one) { return one->job.id; }),
                          pq::array(leased, [](auto const& one) { return one->job.fence; })};
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
    if (!admitted_ && held_.empty()) return;
    locker_ = state_.lockers.retire(worker_, locker_, locker_numbers::clock::now());
    admitted_ = left_ = false;
    held_.clear();
    kept_.forget();
}

} // namespace txq
