#include <txq/schedules.hpp>

#include <limits>

#include <nlohmann/json.hpp>

#include <txq/detail/embedded.hpp>
#include <txq/detail/pq.hpp>
#include <txq/detail/schema_missing.hpp>
#include <txq/schedule/coming.hpp>

namespace txq {

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

std::chrono::sys_time<microseconds> time_of(pqxx::row const& row, char const* column) {
    return std::chrono::sys_time<microseconds>{microseconds{row[column].as<std::int64_t>()}};
}

std::chrono::sys_seconds seconds_of(pqxx::row const& row, char const* column) {
    return std::chrono::floor<std::chrono::seconds>(time_of(row, column));
}

std::string text_of(pqxx::row const& row, char const* column) {
    return row[column].is_null() ? "" : row[column].c_str();
}

std::map<std::string, std::string> headers_of(pqxx::row const& row) {
    if (row["headers"].is_null()) return {};
    return nlohmann::json::parse(row["headers"].c_str()).get<std::map<std::string, std::string>>();
}

missed_times missed_of(pqxx::row const& row) {
    for (auto const policy : {missed_times::skip, missed_times::all})
        if (text_of(row, "missed") == name(policy)) return policy;
    return missed_times::once;
}

schedule_options options_of(pqxx::row const& row) {
    schedule_options options;
    options.zone = text_of(row, "zone");
    options.queue = text_of(row, "queue");
    options.priority = row["priority"].as<int>();
    options.max_attempts = row["max_attempts"].as<int>();
    options.tenant = text_of(row, "tenant");
    options.headers = headers_of(row);
    options.missed = missed_of(row);
    options.missed_limit = row["missed_limit"].as<int>();
    options.overlap = row["overlap"].as<bool>();
    options.jitter = milliseconds{row["jitter_ms"].as<std::int64_t>()};
    return options;
}

std::optional<known_schedule::run> last_of(pqxx::row const& row) {
    if (row["last_us"].is_null()) return std::nullopt;
    return known_schedule::run{.planned_at = time_of(row, "last_us"),
                               .by_hand = row["last_by_hand"].as<bool>(),
                               .job = uuid::parse(text_of(row, "last_job")),
                               .state = text_of(row, "last_state")};
}

known_schedule known(pqxx::row const& row) {
    known_schedule one{.name = text_of(row, "name"),
                       .times = text_of(row, "times"),
                       .kind = text_of(row, "kind"),
                       .payload = text_of(row, "payload"),
                       .command = text_of(row, "command"),
                       .options = options_of(row),
                       .set = text_of(row, "file_set"),
                       .is_paused = !row["paused_at"].is_null(),
                       .problem = {},
                       .next = {},
                       .last = last_of(row)};
    if (!one.command.empty()) one.kind.clear();
    auto [next, problem] = schedules::coming_of({.times = one.times,
                                                 .zone = one.options.zone,
                                                 .paused = one.is_paused,
                                                 .skips = one.options.missed == missed_times::skip,
                                                 .base = seconds_of(row, "base_us"),
                                                 .now = seconds_of(row, "now_us")});
    one.next = next;
    one.problem = std::move(problem);
    return one;
}

pqxx::result read(pqxx::transaction_base& tx, std::vector<std::string> const& names) {
    auto const chosen = names.empty() ? std::nullopt : std::optional{pq::array(names)};
    try {
        return pq::exec(tx, sql::list_schedules, pq::params{chosen, std::numeric_limits<int>::max(), ""});
    } catch (pqxx::sql_error const& failed) {
        pq::explain_missing_schema(
            tx.conn(), failed,
            "has no schedules of txq; is it the queue's database? If so, run: txq migrate --side queue");
        pq::explain_missing_privilege(
            tx.conn(), failed,
            "let the owner of the schema txq grant select on txq.schedules, txq.schedule_runs and txq.jobs to it");
        throw;
    }
}

} // namespace

std::vector<known_schedule> list_schedules(pqxx::transaction_base& tx, std::vector<std::string> const& names) {
    std::vector<known_schedule> all;
    for (auto const& row : read(tx, names)) all.push_back(known(row));
    return all;
}

} // namespace txq
