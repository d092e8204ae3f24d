#include "holder.hpp"

#include <condition_variable>
#include <mutex>

#include <txq/embedded_bench.hpp>

namespace txq::bench {

namespace {

using namespace std::chrono_literals;

void run(session& database, char const* script) {
    pqxx::nontransaction tx{database.connection()};
    tx.exec(script);
}

/// False: told to stop.
bool wait(std::stop_token const& stop, std::chrono::seconds time) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock{mutex};
    never.wait_for(lock, stop, time, [] { return false; });
    return !stop.stop_requested();
}

} // namespace

holder::holder(bench& with, std::string const& kind) : with_{with}, kind_{kind} {
    if (kind == "idle-snapshot") hold(sql::hold_snapshot.text);
    if (kind == "idle-writer") hold(sql::hold_writer.text);
    if (kind == "prepared") hold(sql::hold_prepared.text);
    if (kind == "slot") hold(sql::hold_slot.text);
    if (kind == "dump") hold(sql::hold_dump.text);
    if (kind == "readers")
        for (auto const after : {0s, 7s, 14s})
            readers_.emplace_back([this, after](std::stop_token const& stop) { read_now_and_then(stop, after); });
}

holder::~holder() {
    readers_.clear();
    try {
        if (kind_ == "prepared") run(with_.where().database(), sql::release_prepared.text);
        if (kind_ == "slot") run(with_.where().database(), sql::release_slot.text);
    } catch (std::exception const& failed) {
        with_.show(std::string{"the horizon is still held: "} + failed.what() + '\n');
    }
}

void holder::hold(char const* script) {
    sessions_.emplace_back(new session(with_.where().connect()));
    run(*sessions_.back(), script);
}

/// A report of 20 seconds after the other; three that overlap hold the horizon back without end, none of them for long.
void holder::read_now_and_then(std::stop_token const& stop, std::chrono::seconds after) try {
    auto database = with_.where().connect();
    for (auto go_on = wait(stop, after); go_on;) {
        run(database, sql::hold_snapshot.text);
        go_on = wait(stop, 20s);
        run(database, sql::end_transaction.text);
    }
} catch (std::exception const& failed) { with_.show(std::string{"a reader has failed: "} + failed.what() + '\n'); }

} // namespace txq::bench
