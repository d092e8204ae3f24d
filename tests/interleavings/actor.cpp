#include "actor.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include <poll.h>

#include <txq/detail/planted.hpp>

namespace txq::interleavings {

namespace {

using steady = std::chrono::steady_clock;

/// A statement that has not been answered for so long is asked about; and one that nobody blocks must end in the
/// second.
constexpr int short_ms = 4;
constexpr std::chrono::seconds long_time{30};

answer read_answer(PGresult* result) {
    answer one;
    auto const status = PQresultStatus(result);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        auto const* const state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
        one.sqlstate = state ? state : "?????";
        one.message = PQresultErrorMessage(result);
    }
    for (int i = 0; i < PQnfields(result); ++i) one.columns.emplace_back(PQfname(result, i));
    for (int row = 0; row < PQntuples(result); ++row) {
        one.rows.emplace_back();
        for (int i = 0; i < PQnfields(result); ++i) one.rows.back().emplace_back(PQgetvalue(result, row, i));
    }
    return one;
}

std::vector<char const*> pointers_to(parameters const& with) {
    std::vector<char const*> values;
    for (auto const& one : with) values.push_back(one ? one->c_str() : nullptr);
    return values;
}

} // namespace

std::string const& answer::at(std::size_t row, std::string const& column) const {
    auto const found = std::ranges::find(columns, column);
    if (found == columns.end()) throw std::out_of_range{"no column " + column};
    return rows.at(row).at(static_cast<std::size_t>(found - columns.begin()));
}

server_session session_pool::take() {
    server_session one;
    if (!free_.empty()) {
        one = std::move(free_.back());
        free_.pop_back();
        return one;
    }
    one.connection.reset(PQconnectdb(url_.c_str()));
    if (PQstatus(one.connection.get()) != CONNECTION_OK) throw std::runtime_error{PQerrorMessage(one.connection.get())};
    PQclear(PQexec(one.connection.get(), "set synchronous_commit = off; set enable_seqscan = off; "
                                         "set plan_cache_mode = force_generic_plan; set deadlock_timeout = '1ms'"));
    return one;
}

void session_pool::give_back(server_session one) {
    if (!one.connection) return;
    if (PQtransactionStatus(one.connection.get()) != PQTRANS_IDLE) PQclear(PQexec(one.connection.get(), "rollback"));
    if (PQtransactionStatus(one.connection.get()) == PQTRANS_IDLE) free_.push_back(std::move(one));
}

actor::actor(session_pool& sessions, std::vector<step> script, watcher& watch)
    : sessions_{sessions},
      script_{std::move(script)},
      watch_{watch},
      session_{sessions.take()} {}

actor::~actor() {
    if (pending_) return;
    sessions_.give_back(std::move(session_));
    sessions_.give_back(std::move(beside_));
}

void actor::prepare(statement const& what) {
    if (!asked_->prepared.insert(what.name).second) return;
    auto* const result = PQprepare(connection(), what.name, TXQ_TEXT_OF(what), 0, nullptr);
    auto const outcome = read_answer(result);
    PQclear(result);
    if (!outcome.sqlstate.empty()) throw std::runtime_error{std::string{what.name} + ": " + outcome.message};
}

void actor::send(question const& what) {
    auto const values = pointers_to(what.with);
    auto const count = static_cast<int>(values.size());
    if (what.begins) PQclear(PQexec(connection(), "begin"));
    auto sent = 0;
    if (what.what) {
        prepare(*what.what);
        sent = PQsendQueryPrepared(connection(), what.what->name, count, values.data(), nullptr, nullptr, 0);
    } else {
        sent = PQsendQueryParams(connection(), what.text.c_str(), count, nullptr, values.data(), nullptr, nullptr, 0);
    }
    if (sent != 1) throw std::runtime_error{PQerrorMessage(connection())};
    pending_ = true;
}

/// False if it waits for somebody.
bool actor::answered() {
    auto const began = steady::now();
    while (PQconsumeInput(connection()) == 1 && PQisBusy(connection()) == 1) {
        pollfd socket{PQsocket(connection()), POLLIN, 0};
        if (::poll(&socket, 1, short_ms) > 0) continue;
        if (watch_.waits(PQbackendPID(connection()))) return false;
        if (steady::now() > began + long_time) throw std::runtime_error{last_ + " takes for ever"};
    }
    return true;
}

void actor::finish() {
    pending_ = false;
    answer one;
    while (auto* const result = PQgetResult(connection())) {
        one = read_answer(result);
        PQclear(result);
    }
    auto const& asked = script_[next_ - 1];
    if (!one.sqlstate.empty() && !asked.may_fail_with.contains(one.sqlstate))
        throw std::runtime_error{last_ + " failed: " + one.sqlstate + " " + one.message};
    if (asked.then) asked.then(one);
}

void actor::go_on() {
    while (!dead_) {
        if (pending_) {
            if (!answered()) return;
            finish();
        }
        if (owed_ == 0 || next_ == script_.size()) return;
        --owed_;
        auto const& now = script_[next_++];
        last_ = now.name;
        auto const what = now.ask();
        if (what.new_session) {
            forget(session_);
            session_ = sessions_.take();
        }
        if (what.nothing()) {
            if (now.then) now.then({});
            continue;
        }
        asked_ = what.beside ? &beside_ : &session_;
        if (!asked_->connection) *asked_ = sessions_.take();
        send(what);
    }
}

void actor::forget(server_session& one) {
    if (!one.connection) return;
    watch_.end(PQbackendPID(one.connection.get()));
    one = {};
    if (asked_ == &one) pending_ = false;
}

void actor::die() {
    dead_ = true;
    forget(session_);
    forget(beside_);
}

} // namespace txq::interleavings
