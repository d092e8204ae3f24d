#include <txq/cli/pausing.hpp>

#include <memory>
#include <ostream>

#include <txq/cli/given_name.hpp>
#include <txq/cli/output.hpp>
#include <txq/cli/time.hpp>
#include <txq/detail/schema.hpp>

namespace txq::cli {

namespace {

enum class to { pause, resume };

std::string told(std::string const& name, std::string const& paused_before, to what) {
    if (what == to::pause) return name + " is paused" + (paused_before.empty() ? "" : " since " + paused_before);
    if (paused_before.empty()) return name + " was not paused";
    return name + " is resumed; it was paused since " + paused_before;
}

int change(command_line const& line, std::string const& noun, std::vector<std::string> const& names, to what) {
    auto database = line.connect();
    check_schema(database, side::queue);
    auto document = nlohmann::json::array();
    for (auto const& name : names) {
        auto const row = database.run(what == to::pause ? sql::pause : sql::resume, pq::params{noun, name})[0];
        auto const before = text(row, "paused_before");
        document.push_back(
            {{noun, name}, {"paused", what == to::pause}, {"paused_before", json_time(row, "paused_before")}});
        if (!line.common().json)
            line.io().out << one_line(told(name, before.empty() ? before : people_time(before), what)) << '\n';
    }
    if (line.common().json) write_json(line.io().out, {{noun + "s", document}});
    return exit_code::ok;
}

void add(command_line& line, CLI::App* group, std::string const& noun, to what) {
    auto const* const verb = what == to::pause ? "pause" : "resume";
    auto const description = what == to::pause ? "Let no more jobs of " + noun + "s be claimed, until they are resumed"
                                               : "Let the jobs of " + noun + "s be claimed again";
    auto const names = std::make_shared<std::vector<std::string>>();
    auto* const command = line.add(group, verb, description, "  txq " + noun + "s " + verb + " NAME\n");
    command->add_option("NAME", *names, "The " + noun + "s' names")->check(name_of(noun))->type_name("")->required();
    line.on(command, [&line, noun, names, what] { return change(line, noun, *names, what); });
}

} // namespace

void add_pausing(command_line& line, CLI::App* group, std::string const& noun) {
    add(line, group, noun, to::pause);
    add(line, group, noun, to::resume);
}

} // namespace txq::cli
