#include <txq/cli/schedules.hpp>

#include <ostream>

#include <txq/cli/output.hpp>
#include <txq/cli/time.hpp>
#include <txq/detail/duration.hpp>
#include <txq/detail/schema.hpp>
#include <txq/error.hpp>
#include <txq/schedule/coming.hpp>

namespace txq::cli {

namespace {

using namespace std::chrono;

constexpr std::size_t shown_bytes = 40;

sys_seconds time_of(pqxx::row const& row, char const* column) {
    return sys_seconds{floor<seconds>(microseconds{number(row, column)})};
}

std::string digits(std::int64_t number) { return (number < 10 ? "0" : "") + std::to_string(number); }

/// As the database writes it for our sessions.
std::string database_text(sys_seconds time) {
    auto const day = floor<days>(time);
    auto const date = year_month_day{day};
    auto const clock = hh_mm_ss{time - day};
    return std::to_string(int{date.year()}) + '-' + digits(unsigned{date.month()}) + '-' +
           digits(unsigned{date.day()}) + ' ' + digits(clock.hours().count()) + ':' + digits(clock.minutes().count()) +
           ':' + digits(clock.seconds().count()) + "+00";
}

listed_schedule listed(pqxx::row const& row) {
    auto const times = text(row, "times");
    auto const zone = text(row, "zone");
    auto const now = time_of(row, "now_us");
    auto [next, problem] = schedules::coming_of({.times = times,
                                                 .zone = zone,
                                                 .paused = !row["paused_at"].is_null(),
                                                 .skips = text(row, "missed") == "skip",
                                                 .base = time_of(row, "base_us"),
                                                 .now = now});
    return {row, std::move(problem), next, now};
}

std::string times_of(pqxx::row const& row) {
    auto const zone = text(row, "zone");
    return text(row, "times") + (zone == "UTC" ? "" : " (" + zone + ")");
}

std::string last_of(listed_schedule const& one) {
    if (one.row["last_at"].is_null()) return "";
    auto const state = one.row["last_job"].is_null()     ? std::string{"left out"}
                       : one.row["last_state"].is_null() ? std::string{"completed"}
                                                         : text(one.row, "last_state");
    return people_time(text(one.row, "last_at")) + ", " + state;
}

std::string status_of(listed_schedule const& one) {
    if (!one.problem.empty()) return "cannot be understood";
    return one.row["paused_at"].is_null() ? "" : "paused";
}

} // namespace

std::vector<listed_schedule> read_schedules(session& database, pqxx::transaction_base& tx,
                                            std::vector<std::string> const& names, int limit,
                                            std::string const& after) {
    auto const chosen = names.empty() ? std::nullopt : std::optional{pq::array(names)};
    std::vector<listed_schedule> all;
    for (auto const& row : database.run(tx, sql::list_schedules, pq::params{chosen, limit, after}))
        all.push_back(listed(row));
    return all;
}

bool has_schedules(session& database) { return truth(database.run(sql::has_schedules)[0], "known"); }

void check_schedules(session& database) {
    check_schema(database, side::queue);
    if (!has_schedules(database))
        throw error{errc::schema_too_old,
                    pq::describe(database.connection()) + " has no schedules yet; run: txq migrate --side queue"};
}

std::string people_next(listed_schedule const& one) {
    if (!one.next) return "";
    auto const time = people_time(database_text(*one.next));
    if (*one.next <= one.now) return time + ", due since " + people_age(one.now - *one.next);
    return time + ", in " + people_age(*one.next - one.now);
}

void show_schedules(std::ostream& out, std::vector<listed_schedule> const& all) {
    table shown{{"NAME"}, {"TIMES"}, {"KIND"}, {"SQL"}, {"QUEUE"}, {"TENANT"}, {"NEXT"}, {"LAST"}, {"STATE"}, {"SET"}};
    for (auto const& one : all) {
        auto const& row = one.row;
        auto const is_sql = !row["command"].is_null();
        shown.add({text(row, "name"), times_of(row), is_sql ? "" : text(row, "kind"),
                   is_sql ? shortened(text(row, "command"), shown_bytes) : "", text(row, "queue"), text(row, "tenant"),
                   people_next(one), last_of(one), status_of(one), text(row, "file_set")});
    }
    if (shown.empty())
        out << "no schedules\n";
    else
        out << shown;
    for (auto const& one : all)
        if (!one.problem.empty())
            out << "! " << one_line(text(one.row, "name") + " never runs: " + one.problem) << '\n';
}

nlohmann::json json_of(listed_schedule const& one) {
    auto const& row = one.row;
    auto const parsed = [&](char const* column) {
        if (row[column].is_null()) return nlohmann::json{};
        auto document = nlohmann::json::parse(row[column].c_str(), nullptr, false);
        return document.is_discarded() ? nlohmann::json(row[column].c_str()) : document; // a number beyond C++'s
    };
    nlohmann::json last;
    if (!row["last_at"].is_null())
        last = {{"planned_at", json_time(row, "last_at")},
                {"by_hand", truth(row, "last_by_hand")},
                {"job", json_text(row, "last_job")},
                {"state", json_text(row, "last_state")}};
    return {{"name", text(row, "name")},
            {"times", text(row, "times")},
            {"zone", text(row, "zone")},
            {"kind", text(row, "kind")},
            {"payload", parsed("payload")},
            {"sql", json_text(row, "command")},
            {"queue", text(row, "queue")},
            {"priority", number(row, "priority")},
            {"max_attempts", number(row, "max_attempts")},
            {"tenant", json_text(row, "tenant")},
            {"headers", parsed("headers")},
            {"missed", text(row, "missed")},
            {"missed_limit", number(row, "missed_limit")},
            {"overlap", truth(row, "overlap")},
            {"jitter_ms", number(row, "jitter_ms")},
            {"set", json_text(row, "file_set")},
            {"paused_at", json_time(row, "paused_at")},
            {"problem", text_or_null(one.problem)},
            {"next", one.next ? nlohmann::json(iso_time(database_text(*one.next))) : nlohmann::json{}},
            {"last", last}};
}

} // namespace txq::cli
