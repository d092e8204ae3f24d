#include "heart.hpp"

#include <mutex>
#include <ranges>
#include <set>
#include <shared_mutex>

#include <txq/log.hpp>

#include "ending.hpp"

namespace txq {

namespace {

constexpr int beats_per_lease = 5;

} // namespace

std::chrono::milliseconds heart::step() {
    try {
        if (!database_) {
            auto options = state_->session_options("heart");
            options.statement_timeout = state_->options.lease / 4;
            database_ = std::make_unique<session>(options);
        }
        if (!database_->writable()) throw pqxx::broken_connection{"the server is read-only"};
        if (state_->id() == 0)
            register_worker();
        else
            beat();
        if (state_->id() != 0) {
            compare();
            if ((state_->claim_failed && beat_ >= look_again_) || beat_ % 60 == 0) give_back_lost_claims();
        }
        if (!reachable_) log::info("the database is back", {{"database", state_->where.describe()}});
        reachable_ = true;
        watching_.on_heard();
        waits_.reset();
        return state_->id() == 0 ? std::chrono::milliseconds{0} : state_->options.lease / beats_per_lease;
    } catch (std::exception const& failed) {
        auto const forbidden = pq::sqlstate(failed) == "42501";
        if (failures_.due(lease_guard::clock::now(), reachable_))
            log::warning(forbidden ? lacks_privilege
                         : classify(failed) == fault::statement
                             ? "the database refuses this worker's signs of life, trying again"
                             : "the database cannot be reached, trying again until it can",
                         {{"database", state_->where.describe()}, {"error", printable(failed.what())}});
        reachable_ = false;
        database_.reset();
        return waits_.next();
    }
}

void heart::register_worker() {
    auto const sent = lease_guard::clock::now();
    auto const row = database_->run(sql::register_worker,
                                    pq::params{state_->name, state_->options.lease.count(), pq::array(state_->queues()),
                                               pq::array(state_->handlers.kinds())})[0];
    beat_ = look_again_ = 0;
    state_->on_beat(sent);
    state_->set_id(row["id"].as<std::int64_t>());
    log::info("registered", {{"worker", state_->id()}, {"name", state_->name}});
}

void heart::beat() {
    auto const sent = lease_guard::clock::now();
    if (database_->run(sql::beat, pq::params{state_->id(), ++beat_, state_->name}).empty()) return lose_registration();
    state_->on_beat(sent);
    if (beat_ % 60 == 0) database_->run(sql::prune_beats, pq::params{state_->id(), beat_});
}

/// Others have found this worker dead and taken its jobs: what runs here runs for nobody.
void heart::lose_registration() {
    log::error("found dead by another worker: its jobs are run elsewhere, registering again",
               {{"worker", state_->id()}});
    state_->on_lease_lost();
    state_->set_id(0);
    for (auto const& one : state_->attempts.all()) one->stop(stop_reason::lease_lost);
}

void heart::compare() {
    // taken before the question, so that what is claimed meanwhile is not missed in the answer
    auto held = state_->attempts.all();
    std::erase_if(held, [](auto const& one) { return one->held != attempt::held_by::lease; });
    if (held.empty()) return;
    std::set<std::pair<std::string, std::int64_t>> ours;
    auto const ids = pq::array(held, [](auto const& one) { return one->job.id; });
    for (auto const& row : database_->run(sql::held_jobs, pq::params{state_->id(), ids})) {
        ours.emplace(row["id"].c_str(), row["fence"].as<std::int64_t>());
        if (!row["cancelling"].as<bool>()) continue;
        for (auto const& one : held)
            if (one->job.id.str() == row["id"].c_str()) one->stop(stop_reason::cancelled);
    }
    for (auto const& one : held) {
        if (one->worker == state_->id() &&
            (ours.contains({one->job.id.str(), one->job.fence}) || !state_->attempts.contains(one)))
            continue;
        if (one->is_started()) one->stop(stop_reason::lease_lost);
    }
}

void heart::give_back_lost_claims() {
    std::unique_lock const no_claim_under_way{state_->claiming, std::chrono::milliseconds{20}};
    if (!no_claim_under_way) return; // another time
    auto left = state_->claim_failed.exchange(false);
    try {
        auto const lost = lost_claims();
        left = !lost.empty(); // until they are given back
        if (left) left = !give_back(lost);
    } catch (std::exception const& failed) {
        if (auto const what = classify(failed); what == fault::connection || what == fault::in_doubt) {
            state_->claim_failed = left;
            throw;
        }
        if (refusals_.due(lease_guard::clock::now())) // no reason to be taken for dead
            log::warning("jobs of a claim whose answer was lost cannot be given back, trying again",
                         {{"error", printable(failed.what())}});
    }
    if (!left) return;
    state_->claim_failed = true;
    look_again_ = beat_ + beats_per_lease; // the look is not for each beat
}

/// Jobs that a claim has got whose answer never arrived: this worker's to the database, but nobody runs them. With the
/// fences, as texts.
std::map<std::string, std::string> heart::lost_claims() {
    std::map<std::string, std::string> lost;
    for (auto const& row : database_->run(sql::running_jobs, pq::params{state_->id()}))
        if (!state_->attempts.contains(uuid::parse(row["id"].c_str()).value_or(uuid{})))
            lost.emplace(row["id"].c_str(), row["fence"].c_str());
    return lost;
}

/// False if somebody keeps some of them locked.
bool heart::give_back(std::map<std::string, std::string> const& lost) {
    auto const bounded = database_->bound();
    pqxx::work tx{database_->connection()};
    database_->begin(tx);
    std::vector<std::string> ids;
    std::vector<std::string> fences;
    pq::params const all{pq::array(std::views::keys(lost)), pq::array(std::views::values(lost))};
    for (auto const& row : database_->run(tx, sql::lock_jobs_by_id, all)) {
        ids.emplace_back(row["id"].c_str());
        fences.push_back(lost.at(ids.back()));
    }
    if (ids.empty()) return false;
    auto const each = [&](std::string const& value) { return pq::array(std::vector(ids.size(), value)); };
    auto const nothing = pq::array(std::vector<std::optional<std::string>>(ids.size()));
    auto const ended = database_->run(tx, sql::end_attempts,
                                      pq::params{state_->id(), state_->name, pq::array(ids), pq::array(fences),
                                                 each("ready"), each("0"), each("t"), nothing, nothing});
    tx.commit();
    log::warning("gave back jobs of a claim whose answer was lost", {{"jobs", ended.size()}});
    return ids.size() == lost.size();
}

void heart::leave() { sign_off(sql::leave); }

void heart::leave_behind() { sign_off(sql::leave_behind); }

void heart::sign_off(statement const& how) {
    try {
        if (state_->id() == 0) return;
        if (!database_) database_ = std::make_unique<session>(state_->session_options("heart"));
        auto const given_back = database_->run(how, pq::params{state_->id()});
        if (!given_back.empty()) log::info("gave jobs back", {{"jobs", given_back.size()}});
    } catch (std::exception const& failed) {
        log::warning("could not sign off; others will notice within the lease", {{"error", printable(failed.what())}});
    }
}

} // namespace txq
