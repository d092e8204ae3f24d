#include "site.hpp"

#include <cmath>
#include <iostream>
#include <limits>

#include <txq/detail/embedded.hpp>
#include <txq/detail/schema.hpp>
#include <txq/embedded_bench.hpp>
#include <txq/error.hpp>

#include "names.hpp"
#include "proc.hpp"
#include "tally.hpp"

namespace txq::bench {

namespace {

session::options session_options(connection_info const& where) {
    return {.where = where, .name = "txq-bench", .statement_timeout = std::chrono::milliseconds{0}};
}

/// Several statements at once.
void run_script(session& database, std::string const& text) {
    pqxx::nontransaction tx{database.connection()};
    tx.exec(text);
}

/// For what is better done but not everybody may.
void try_script(session& database, std::string const& text) {
    try {
        run_script(database, text);
    } catch (pqxx::sql_error const&) {}
}

statement const& statement_named(std::string const& name) {
    for (auto const* one : txq::sql::all)
        if (name == one->name) return *one;
    throw std::logic_error{"there is no sql/" + name + ".sql"};
}

/// As a part of another statement: without the contract on top and the semicolon at the end.
std::string bare(std::string text) {
    while (text.starts_with("--")) text.erase(0, text.find('\n') + 1);
    text.erase(text.find_last_not_of("; \n") + 1);
    return text;
}

[[noreturn]] void refuse(std::string const& why) { throw error{errc::wrong_state, "txq bench: " + why}; }

} // namespace

std::string with_statements(std::string script) {
    for (auto at = script.find("{{"); at != std::string::npos; at = script.find("{{", at)) {
        auto const end = script.find("}}", at);
        auto const text = bare(statement_named(script.substr(at + 2, end - at - 2)).text);
        script.replace(at, end + 2 - at, text);
        at += text.size();
    }
    return script;
}

site::site(connection_info where) : where_{std::move(where)}, database_{session_options(where_)} {
    check_schema(database_, side::outbox);
    check_schema(database_, side::queue);
    refuse_to_disturb();
    release_horizon();
    run_script(database_, sql::teardown.text);
    run_script(database_, sql::clean.text);
    run_script(database_, with_statements(sql::setup.text));
    // as after the first minutes of any worker: days have tables of their own
    database_.run(txq::sql::keep_processed_jobs, pq::params{std::numeric_limits<std::int32_t>::max() * 100LL, 2});
    find_server();
}

site::~site() {
    try {
        run_script(database_, sql::clean.text);
        run_script(database_, sql::teardown.text);
    } catch (std::exception const& failed) {
        std::cerr << "txq bench: could not remove its jobs and its schema txq_bench, which the next one will do: "
                  << failed.what() << '\n';
    }
}

void site::release_horizon() {
    auto const left = database_.run(sql::leftovers)[0];
    if (left["prepared"].as<bool>()) run_script(database_, sql::release_prepared.text);
    if (left["slot"].as<bool>()) run_script(database_, sql::release_slot.text);
}

session site::connect() const { return session{session_options(where_)}; }

void site::refuse_to_disturb() {
    if (!database_.run(sql::bench_lock)[0]["locked"].as<bool>()) refuse("another one is at work in this database");
    auto const found =
        database_.run(sql::strangers, pq::params{queue, pq::array(std::vector{plain_kind, transaction_kind})})[0];
    if (found["jobs"].as<bool>())
        refuse(std::string{"the queue "} + queue + " has jobs that are not the bench's; it would remove them");
    if (found["schema"].as<bool>()) refuse("there is a schema txq_bench that no bench has made; it would remove it");
    auto const source = database_.run(txq::sql::outbox_source)[0]["source"].as<std::string>();
    auto const here = database_.run(txq::sql::database_identity)[0]["database"].as<std::string>();
    auto const at = database_.run(txq::sql::relay_position, pq::params{source, here})[0];
    auto const or_else = [&](char const* column, char const* otherwise) {
        return at[column].is_null() ? std::string{otherwise} : std::string{at[column].c_str()};
    };
    run_script(database_, sql::clean.text); // before the outbox is looked at: leftovers are not somebody's
    auto const outbox = database_.run(txq::sql::status_outbox,
                                      pq::params{or_else("position_txid", "0"), or_else("position_seq", "0"),
                                                 or_else("late_txids", "{}"), or_else("late_seqs", "{}"), 1})[0];
    if (outbox["active"].as<bool>())
        refuse("a relay is active in this database, and the bench measures one of its own; stop that one, or point "
               "--database to a database that is for measuring");
    if (outbox["waiting"].as<std::int64_t>() > 0)
        refuse("the outbox has jobs of somebody's that wait to be moved, and the bench's relay would move them; point "
               "--database to a database that is for measuring");
}

/// Only if what has the numbers of the server's processes here is the server: it may be on another machine.
void site::find_server() {
    auto const row = database_.run(sql::facts)[0];
    facts_ = {{"version", row["version"].c_str()}, {"settings", nlohmann::json::parse(row["settings"].c_str())}};
    auto const backend = proc::look_at(row["backend"].as<pid_t>());
    if (!backend || backend->name != "postgres") return;
    auto const postmaster = proc::look_at(backend->parent);
    if (postmaster && std::abs(postmaster->started_at - row["postmaster_started_at"].as<double>()) < 5)
        postmaster_ = backend->parent;
}

std::optional<double> site::cpu_seconds() const {
    if (postmaster_ == 0) return std::nullopt;
    return proc::cpu_of_family(postmaster_);
}

void site::reset() { run_script(database_, sql::clean.text); }

void site::settle() {
    try_script(database_, sql::vacuum.text);
    try_script(database_, sql::checkpoint.text);
}

counters site::count() {
    auto const row = database_.run(sql::counters)[0];
    return {.wal = row["wal"].as<std::int64_t>(), .commits = row["commits"].as<std::int64_t>()};
}

std::int64_t site::clock_offset() {
    std::int64_t best = 0;
    auto shortest = std::numeric_limits<std::int64_t>::max();
    for (int i = 0; i < 50; ++i) {
        auto const before = monotonic_now();
        auto const there = database_.run(txq::sql::server_clock)[0]["epoch_ns"].as<std::int64_t>();
        auto const took = monotonic_now() - before;
        if (took < shortest) best = before + took / 2 - there;
        shortest = std::min(shortest, took);
    }
    return best;
}

site::ends site::look_at_ends() {
    auto const row = database_.run(sql::ends, pq::params{queue})[0];
    return {.recorded = row["recorded"].as<std::int64_t>(), .left = row["jobs"].as<std::int64_t>()};
}

} // namespace txq::bench
