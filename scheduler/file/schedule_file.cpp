#include "schedule_file.hpp"

#include <algorithm>
#include <array>

#include <txq/detail/problem_list.hpp>
#include <txq/detail/read_file.hpp>

#include "schedule_section.hpp"

namespace txq::program {

namespace {

void read_general(section_reader& keys, schedule_file& into) {
    into.set.name = read_schedule_set(keys);
    into.retention = keys.duration("retention", "1h").value_or(into.retention);
    for (auto const* of_worker :
         {"database", "lease", "grace", "crash_limit", "dead_retention", "give_up_after", "pooled", "scheduler"})
        keys.leave(of_worker);
    keys.finish();
}

void read_section(toml_section const& section, schedule_file& into, std::string const& file) {
    static constexpr std::array of_worker{"group", "kind", "policy", "hook"};
    section_reader keys{section, file};
    if (section.path.empty()) return read_general(keys, into);
    if (section.path.front() == "schedule") return read_schedule(keys, into.set);
    if (std::ranges::find(of_worker, section.path.front()) == of_worker.end())
        keys.fail("a section is [schedule.NAME], or one that a worker's file has");
}

} // namespace

schedule_file parse_schedule_file(std::string_view text, std::filesystem::path const& file) {
    schedule_file result;
    problem_list problems;
    for (auto const& section : parse_toml(text, file.string()))
        problems.collect([&] { read_section(section, result, file.string()); });
    problems.throw_if_any();
    check_named(result.set, file.string());
    return result;
}

schedule_file read_schedule_file(std::filesystem::path const& file) {
    return parse_schedule_file(read_file(file), file);
}

} // namespace txq::program
