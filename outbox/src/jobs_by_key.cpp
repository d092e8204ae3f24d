#include <txq/jobs_by_key.hpp>

#include <txq/detail/embedded.hpp>
#include <txq/detail/pq.hpp>
#include <txq/detail/schema_missing.hpp>

#include "key_of_fields.hpp"
#include "limits.hpp"
#include "validate.hpp"
#include "wire.hpp"

namespace txq {

namespace {

void check(pqxx::transaction_base& tx, std::string_view kind, std::string_view key) {
    check_name(errc::bad_kind, "kind", kind);
    if (key.empty()) throw error{errc::bad_unique, "key is empty; it must have 1 to 512 bytes"};
    if (!is_of_fields(key)) check_text(errc::bad_unique, "key", key, limits::unique_key_bytes);
    wire const to{tx};
    to.check_name(errc::bad_kind, "kind", kind);
    to.check_name(errc::bad_unique, "key", key);
}

pqxx::result ask(pqxx::transaction_base& tx, statement const& what, pq::params const& with) {
    try {
        return pq::exec(tx, what, with);
    } catch (pqxx::sql_error const& failed) {
        pq::explain_missing_schema(
            tx.conn(), failed, "has no jobs by key; is it the queue's database? If so, run: txq migrate --side queue");
        pq::explain_missing_privilege(tx.conn(), failed, pq::grant_of_function(tx.conn(), what.name));
        throw;
    }
}

/// The same of a key, which may be that of fields and be written in another way than jsonb does, or just look like it.
/// `found`: whether an answer is about a job.
template <typename Found>
pqxx::result ask_by_key(pqxx::transaction_base& tx, statement const& what, std::string_view kind, std::string_view key,
                        std::optional<std::string> const& more, Found found) {
    auto const ask_for = [&](std::string_view one) {
        return ask(tx, what, more ? pq::params{kind, one, *more} : pq::params{kind, one});
    };
    if (!is_of_fields(key)) return ask_for(key);
    auto const written = pq::exec(tx, sql::key_of_fields, pq::params{key})[0]["key"].as<std::string>();
    auto result = ask_for(written);
    return found(result) || written == key ? result : ask_for(key);
}

uuid id_in(pqxx::row const& row) { return uuid::parse(row["job_id"].c_str()).value(); }

} // namespace

std::optional<job_of_key> find_job(pqxx::transaction_base& tx, std::string_view kind, std::string_view key) {
    check(tx, kind, key);
    auto const rows =
        ask_by_key(tx, sql::find_job, kind, key, {}, [](pqxx::result const& found) { return !found.empty(); });
    if (rows.empty()) return std::nullopt;
    return job_of_key{.id = id_in(rows[0]), .state = rows[0]["state"].c_str()};
}

cancellation cancel_job(pqxx::transaction_base& tx, std::string_view kind, std::string_view key) {
    check(tx, kind, key);
    auto const row = ask_by_key(tx, sql::cancel_job, kind, key, {},
                                [](pqxx::result const& one) { return !one[0]["state"].is_null(); })[0];
    std::string_view const state{row["state"].c_str()};
    return state == "cancelled" ? cancellation::cancelled
           : state == "running" ? cancellation::requested
                                : cancellation::none;
}

bool reschedule_job(pqxx::transaction_base& tx, std::string_view kind, std::string_view key,
                    std::chrono::system_clock::time_point run_at) {
    check(tx, kind, key);
    auto const when = checked_time(run_at);
    auto const done = [](pqxx::result const& one) { return one[0]["rescheduled"].as<bool>(); };
    return done(ask_by_key(tx, sql::reschedule_job, kind, key, when, done));
}

std::optional<enqueue_outcome> outcome_of_enqueue(pqxx::transaction_base& tx, uuid const& id) {
    auto const rows = ask(tx, sql::unique_outcome, pq::params{id});
    if (rows.empty()) return std::nullopt;
    return enqueue_outcome{.job = id_in(rows[0]), .outcome = rows[0]["outcome"].c_str()};
}

} // namespace txq
