#include "horizons.hpp"

#include <stdexcept>

#include <txq/detail/deadline.hpp>

#include "session.hpp"

namespace txq::chaos {

namespace {

constexpr char snapshot[] = "begin isolation level repeatable read; select count(*) from txq.outbox";

/// As much of pg_dump as matters: tables so small are dumped at once.
constexpr char dump[] =
    "begin isolation level repeatable read; lock table txq.outbox, txq.jobs, txq.processed_jobs, txq.failed_attempts, "
    "txq.workers, txq.worker_beats, txq.relay_batches in access share mode; select count(*) from txq.jobs";

} // namespace

char const* horizons::name_of(kind what) {
    switch (what) {
    case kind::snapshot: return "held horizons by an old snapshot";
    case kind::writer: return "held horizons by an idle transaction that has written";
    case kind::prepared: return "held horizons by a prepared transaction";
    case kind::slot: return "held horizons by a logical slot";
    case kind::standby: return "held horizons by a standby's feedback";
    case kind::dump: return "held horizons by the locks and the snapshot of pg_dump";
    case kind::readers: return "held horizons by readers who overlap";
    }
    return "?";
}

std::string horizons::hold(std::uint32_t target, std::chrono::milliseconds length) {
    auto const number = static_cast<int>(target / cluster::databases % kinds);
    held one{.what = static_cast<kind>(number),
             .database = target % cluster::databases,
             .name = "chaos_horizon_" + std::to_string(++number_),
             .until = clock::now() + length};
    one.turn = length / 4;
    take(one);
    all_.push_back(std::move(one));
    return name_of(all_.back().what);
}

void horizons::take(held& one) {
    auto& primary = servers_.server_of(one.database);
    switch (one.what) {
    case kind::snapshot: return open_session(one, primary, snapshot);
    case kind::writer: return open_session(one, primary, "begin; select pg_current_xact_id()");
    case kind::dump: return open_session(one, primary, dump);
    case kind::readers: return next_reader(one);
    case kind::prepared:
        open_session(one, primary, "begin; insert into chaos.held values (1); prepare transaction '" + one.name + "'");
        return one.sessions.clear();
    case kind::slot:
        open_session(one, primary, "select pg_create_logical_replication_slot('" + one.name + "', 'pgoutput')");
        return one.sessions.clear();
    case kind::standby:
        auto* const standby = servers_.site_of(one.database).standby();
        if (!standby) throw std::runtime_error{"there is no standby"};
        return open_session(one, *standby, snapshot);
    }
}

void horizons::open_session(held& one, test::server& where, std::string const& sql) {
    one.sessions.push_back(connect(where.url(cluster::name(one.database))));
    // a clock that goes back puts off the server's own timeout for as long
    deadline limit{one.sessions.back()->sock(), "a horizon's", std::chrono::seconds{3}};
    deadline::scope const due{limit};
    pqxx::nontransaction session{*one.sessions.back()};
    // a slot waits for transactions that others hold here, and a commit for a standby
    session.exec("set statement_timeout = '500ms'");
    session.exec(sql);
}

/// Each begins before the one before it ends.
void horizons::next_reader(held& one) {
    open_session(one, servers_.server_of(one.database), snapshot);
    if (one.sessions.size() > 2) one.sessions.erase(one.sessions.begin());
    one.next = clock::now() + one.turn;
}

/// False if it has to be tried again. What has not survived a failover is gone as well.
bool horizons::let_go(held& one) {
    try {
        if (one.what == kind::prepared) servers_.ask(one.database, "rollback prepared '" + one.name + "'");
        if (one.what == kind::slot) servers_.ask(one.database, "select pg_drop_replication_slot('" + one.name + "')");
        return true;
    } catch (pqxx::sql_error const& refused) { return refused.sqlstate() == "42704"; } catch (pqxx::failure const&) {
        return false;
    } // it is down
}

void horizons::tend() {
    auto const now = clock::now();
    for (auto& one : all_) {
        if (one.what != kind::readers || now < one.next || now >= one.until) continue;
        try {
            next_reader(one);
        } catch (std::exception const&) { // it is down, and so is the reader before
        }
    }
    std::erase_if(all_, [&](held& one) { return now >= one.until && let_go(one); });
}

void horizons::clear() {
    for (auto& one : all_) one.until = clock::now();
    tend();
}

} // namespace txq::chaos
