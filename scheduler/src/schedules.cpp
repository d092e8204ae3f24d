#include <txq/schedules.hpp>

#include <txq/detail/embedded.hpp>
#include <txq/detail/pq.hpp>
#include <txq/detail/schema_missing.hpp>

#include <outbox/src/wire.hpp>

#include "definition.hpp"

namespace txq {

namespace {

/// What the functions in the database complain about that could not be known before.
[[noreturn]] void explain(pqxx::transaction_base& tx, statement const& what, pqxx::sql_error const& failed) {
    auto const state = pq::sqlstate(failed);
    if (state == "P0002") throw error{errc::not_found, pq::complaint(failed)};
    if (state == "55000") throw error{errc::wrong_state, pq::complaint(failed)};
    pq::explain_missing_schema(
        tx.conn(), failed, "has no schedules of txq; is it the queue's database? If so, run: txq migrate --side queue");
    pq::explain_missing_privilege(tx.conn(), failed, pq::grant_of_function(tx.conn(), what.name));
    throw;
}

pqxx::row ask(pqxx::transaction_base& tx, statement const& what, pq::params const& with) {
    try {
        return pq::exec(tx, what, with)[0];
    } catch (pqxx::sql_error const& failed) { explain(tx, what, failed); }
}

void check_encoding(wire const& to, checked_schedule const& one) {
    to.check_name(errc::bad_schedule, "name", one.name);
    to.check_name(errc::bad_schedule, "times", one.times);
    to.check_name(errc::bad_schedule, "command", one.command);
    to.check_name(errc::bad_kind, "kind", one.kind);
    to.check_name(errc::bad_queue, "queue", one.options.queue);
    to.check_name(errc::bad_tenant, "tenant", one.options.tenant);
}

schedule_change change_of(pqxx::row const& row) {
    std::string_view const outcome{row["outcome"].c_str()};
    return outcome == "added"     ? schedule_change::added
           : outcome == "changed" ? schedule_change::changed
                                  : schedule_change::unchanged;
}

bool found(pqxx::transaction_base& tx, statement const& what, std::string_view name, char const* caller) {
    check_name(name, caller);
    wire{tx}.check_name(errc::bad_schedule, "name", name);
    return ask(tx, what, pq::params{name})["found"].as<bool>();
}

} // namespace

schedule_change add_schedule(pqxx::transaction_base& tx, std::string_view name, std::string_view times,
                             std::string_view kind, std::string_view payload, schedule_options const& options) {
    auto const one = checked(
        {std::string{name}, std::string{times}, std::string{kind}, std::string{payload}, {}, options}, "add_schedule");
    check_encoding(wire{tx}, one);
    return change_of(
        ask(tx, sql::add_schedule,
            pq::params{one.name, one.times, one.kind, one.payload, options.zone, options.queue, options.priority,
                       options.max_attempts, one.headers, txq::name(options.missed), options.missed_limit,
                       options.overlap, options.jitter.count(), pq::unless_empty(options.tenant)}));
}

schedule_change add_sql_schedule(pqxx::transaction_base& tx, std::string_view name, std::string_view times,
                                 std::string_view command, schedule_options const& options) {
    if (command.empty())
        throw error{errc::bad_schedule, "add_sql_schedule: command is empty; write a statement of SQL"};
    auto const one =
        checked({std::string{name}, std::string{times}, {}, "{}", std::string{command}, options}, "add_sql_schedule");
    check_encoding(wire{tx}, one);
    return change_of(ask(tx, sql::add_sql_schedule,
                         pq::params{one.name, one.times, one.command, options.zone, options.queue, options.priority,
                                    options.max_attempts, txq::name(options.missed), options.missed_limit,
                                    options.overlap, options.jitter.count(), pq::unless_empty(options.tenant)}));
}

bool remove_schedule(pqxx::transaction_base& tx, std::string_view name) {
    return found(tx, sql::remove_schedule, name, "remove_schedule");
}

bool pause_schedule(pqxx::transaction_base& tx, std::string_view name) {
    return found(tx, sql::pause_schedule, name, "pause_schedule");
}

bool resume_schedule(pqxx::transaction_base& tx, std::string_view name) {
    return found(tx, sql::resume_schedule, name, "resume_schedule");
}

uuid run_schedule(pqxx::transaction_base& tx, std::string_view name) {
    check_name(name, "run_schedule");
    wire{tx}.check_name(errc::bad_schedule, "name", name);
    return uuid::parse(ask(tx, sql::run_schedule, pq::params{name})["job"].c_str()).value();
}

} // namespace txq
