#include <txq/cli/limits_list.hpp>

#include <ostream>

#include <txq/cli/output.hpp>
#include <txq/cli/table.hpp>
#include <txq/detail/embedded.hpp>

namespace txq::cli {

namespace {

/// "100 per 1min, 20 at once"
std::string rate_of(pqxx::row const& row) {
    if (row["starts"].is_null()) return "";
    return people_number(number(row, "starts")) + " per " + age(row, "period_ms") + ", " +
           people_number(number(row, "burst")) + " at once";
}

std::string maximum_of(pqxx::row const& row) {
    return row["max_running"].is_null() ? "" : people_number(number(row, "max_running"));
}

nlohmann::json json_of_limit(pqxx::row const& row) {
    return {{"scope", text(row, "scope")},
            {"name", text(row, "name")},
            {"each", text_or_null(text(row, "each"))},
            {"max_running", json_number(row, "max_running")},
            {"starts", json_number(row, "starts")},
            {"period_ms", json_number(row, "period_ms")},
            {"burst", json_number(row, "burst")},
            {"cost", json_text(row, "cost")},
            {"slots_held", number(row, "slots")},
            {"workers", number(row, "workers")},
            {"short_of_slots", number(row, "wanting")},
            {"keys", number(row, "keys")},
            {"parked", number(row, "parked")}};
}

} // namespace

pqxx::result read_limits(session& database) {
    return truth(database.run(sql::has_limits)[0], "known") ? database.run(sql::list_limits) : pqxx::result{};
}

void show_limits(std::ostream& out, pqxx::result const& limits) {
    table shown{{"LIMIT OF"},
                {"NAME"},
                {"EACH"},
                {"MAX RUNNING", table::right},
                {"STARTS"},
                {"COST"},
                {"SLOTS HELD", table::right},
                {"WORKERS", table::right},
                {"SHORT OF SLOTS", table::right},
                {"PARKED", table::right}};
    for (auto const& row : limits)
        shown.add({text(row, "scope"), text(row, "name"), text(row, "each"), maximum_of(row), rate_of(row),
                   text(row, "cost"), people_number(number(row, "slots")), people_number(number(row, "workers")),
                   people_number(number(row, "wanting")),
                   truth(row, "counted") ? people_number(number(row, "parked")) : ""});
    out << shown;
}

nlohmann::json json_of_limits(pqxx::result const& limits) {
    auto listed = nlohmann::json::array();
    for (auto const& row : limits) listed.push_back(json_of_limit(row));
    return listed;
}

} // namespace txq::cli
