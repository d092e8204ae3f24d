#include <ostream>

#include <txq/cli/commands.hpp>
#include <txq/cli/output.hpp>
#include <txq/cli/pausing.hpp>
#include <txq/cli/time.hpp>
#include <txq/detail/schema.hpp>

namespace txq::cli {

namespace {

int list(command_line const& line) {
    auto database = line.connect();
    check_schema(database, side::queue);
    auto document = nlohmann::json::array();
    table shown{{"KIND"}, {"PAUSED SINCE"}};
    for (auto const& row : database.run(sql::list_kinds)) {
        document.push_back({{"kind", text(row, "name")}, {"paused_at", json_time(row, "paused_at")}});
        shown.add({text(row, "name"), people_time(text(row, "paused_at"))});
    }
    if (line.common().json)
        write_json(line.io().out, {{"kinds", document}});
    else
        line.io().out << shown;
    return exit_code::ok;
}

} // namespace

void add_kinds(command_line& line) {
    auto* const group = line.add_group("kinds", "Pause and resume kinds of jobs");
    line.on(line.add(group, "list", "List the kinds that are paused", "  txq kinds list\n"),
            [&line] { return list(line); });
    add_pausing(line, group, "kind");
}

} // namespace txq::cli
