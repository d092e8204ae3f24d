#include "config.hpp"

#include <algorithm>

#include <scheduler/file/schedule_section.hpp>
#include <txq/detail/problem_list.hpp>
#include <txq/detail/read_file.hpp>
#include <txq/detail/section_reader.hpp>
#include <txq/error.hpp>

#include "retry_words.hpp"
#include "schedule_sql_handler.hpp"

namespace txq::program {

namespace {

constexpr int most_processes = 256;
constexpr std::chrono::milliseconds gives_up_after = std::chrono::minutes{5};
constexpr char what_sections_are[] = "a section is [group.NAME], [kind.NAME], [policy.NAME], [schedule.NAME] or [hook]";

std::optional<std::chrono::milliseconds> read_dead_retention(section_reader& keys) {
    auto const given = keys.duration("dead_retention");
    if (given && given->count() != 0 && *given < std::chrono::hours{1})
        keys.fail("dead_retention", "this should be at least 1h, or 0s: until an operator purges them");
    return given;
}

void read_general(section_reader& keys, config& into) {
    auto& options = into.options;
    options.database = keys.text("database").value_or(options.database);
    options.lease = keys.duration("lease", "1s").value_or(options.lease);
    options.grace = keys.duration("grace").value_or(options.grace);
    options.crash_limit = keys.number("crash_limit", 1).value_or(options.crash_limit);
    options.retention = keys.duration("retention", "1h").value_or(options.retention);
    options.dead_retention = read_dead_retention(keys).value_or(options.dead_retention);
    options.give_up_after = keys.duration("give_up_after").value_or(std::max(gives_up_after, options.lease));
    options.pooled = keys.truth("pooled").value_or(options.pooled);
    into.schedules.name = read_schedule_set(keys);
    into.scheduler = keys.truth("scheduler").value_or(true);
    if (options.give_up_after.count() != 0 && options.give_up_after < options.lease)
        keys.fail("give_up_after", "this should be no less than the lease, or 0s: never");
    keys.finish();
}

lease_mode read_leases(std::string const& text) {
    if (text == "lasting") return lease_mode::lasting;
    if (text == "always") return lease_mode::always;
    throw error{errc::bad_configuration, "this should be \"lasting\" or \"always\""};
}

group_config read_group(section_reader& keys, std::string name) {
    group_config group{std::move(name), {}, 0};
    auto& options = group.options;
    options.queues = keys.list("queues").value_or(options.queues);
    if (options.queues.empty()) keys.fail("queues", "a group without queues would never run anything");
    options.threads = keys.number("threads", 1, 4096).value_or(options.threads);
    options.prefetch = keys.number("prefetch", 0, 10'000).value_or(options.prefetch);
    options.leases = keys.parsed("leases", read_leases).value_or(options.leases);
    options.poll_interval = keys.duration("poll_interval", "1ms").value_or(options.poll_interval);
    group.processes = keys.number("processes", 1, most_processes).value_or(0);
    keys.finish();
    return group;
}

using handler_config = decltype(kind_config::handler);

handler_config read_handler(section_reader& keys, std::filesystem::path const& directory) {
    std::vector<handler_config> given;
    if (auto arguments = keys.list("exec")) given.emplace_back(exec_config{std::move(*arguments)});
    if (auto statement = keys.text("sql")) given.emplace_back(sql_config{std::move(*statement)});
    if (auto const file = keys.text("sql_file"))
        given.emplace_back(sql_file_config{(directory / *file).lexically_normal()});
    if (auto const library = keys.text("plugin"))
        given.emplace_back(plugin_config{(directory / *library).lexically_normal()});
    if (keys.truth("schedule_sql").value_or(false)) given.emplace_back(schedule_sql_config{});
    if (given.size() != 1) keys.fail("a kind is run by one of exec, sql, sql_file, plugin and schedule_sql");
    return given.front();
}

kind_config read_kind(section_reader& keys, std::string name, std::filesystem::path const& directory) {
    kind_config kind{std::move(name), read_handler(keys, directory), {}, {}};
    kind.where = keys.where();
    if ((kind.name == schedule_sql_kind) != std::holds_alternative<schedule_sql_config>(kind.handler))
        keys.fail("schedule_sql", "the kind txq.sql, and no other one, is run by schedule_sql = true");
    kind.timeout = keys.duration("timeout");
    kind.retry = keys.parsed("retry", [](std::string const& words) { return retry_policy{parse_retry(words)}; });
    kind.policy = keys.text("policy").value_or("");
    kind.policy_where = keys.where("policy");
    if (kind.retry && !kind.policy.empty()) keys.fail("policy", "this kind has retry as well; one of them is enough");
    keys.finish();
    return kind;
}

policy_config read_policy(section_reader& keys, std::string name) {
    policy_config policy{std::move(name), {}};
    policy.policy.rules = keys.parsed_list("rules", [](std::string const& words) { return parse_rule(words); });
    auto const otherwise = keys.parsed("otherwise", [](std::string const& words) { return parse_retry(words); });
    policy.policy.otherwise = otherwise.value_or(policy.policy.otherwise);
    keys.finish();
    return policy;
}

hook_config read_hook(section_reader& keys) {
    static std::vector<std::string> const all{"retried", "dead", "held", "discarded", "cancelled"};
    hook_config hook{keys.list("exec").value_or(std::vector<std::string>{}),
                     keys.list("on").value_or(std::vector<std::string>{"dead", "held"}),
                     keys.duration("timeout", "1ms").value_or(std::chrono::seconds{10}), keys.where("exec")};
    if (hook.arguments.empty()) keys.fail("a hook is a command: exec = [\"program\", \"argument\"]");
    for (std::size_t i = 0; i < hook.on.size(); ++i)
        if (std::ranges::find(all, hook.on[i]) == all.end())
            keys.fail("on", i, "'" + hook.on[i] + "' is not one of retried, dead, held, discarded and cancelled");
    keys.finish();
    return hook;
}

/// A kind may stand above the policy that it names.
void give_policy(kind_config& kind, std::vector<policy_config> const& policies) {
    if (kind.policy.empty()) return;
    auto const found = std::ranges::find(policies, kind.policy, &policy_config::name);
    if (found == policies.end())
        throw error{errc::bad_configuration,
                    kind.policy_where + ": there is no [policy." + kind.policy + "] in this file"};
    kind.retry = found->policy;
}

void read_section(toml_section const& section, config& into, std::string const& file) {
    section_reader keys{section, file};
    if (section.path.empty()) return read_general(keys, into);
    if (section.path == std::vector<std::string>{"hook"}) {
        into.hook = read_hook(keys);
        return;
    }
    auto const& what = section.path.front();
    auto name = section.name();
    if (what != "group" && what != "kind" && what != "policy" && what != "schedule") keys.fail(what_sections_are);
    if (name.empty()) keys.fail(std::string{what_sections_are} + ": the name is missing");
    if (what == "group") {
        refuse_second(into.groups, name, keys);
        into.groups.push_back(read_group(keys, std::move(name)));
    } else if (what == "policy") {
        refuse_second(into.policies, name, keys);
        into.policies.push_back(read_policy(keys, std::move(name)));
    } else if (what == "schedule") {
        read_schedule(keys, into.schedules);
    } else {
        refuse_second(into.kinds, name, keys);
        into.kinds.push_back(read_kind(keys, std::move(name), into.directory));
    }
}

} // namespace

config parse_config(std::string_view text, std::filesystem::path const& file) {
    config result;
    result.directory = std::filesystem::absolute(file).parent_path();
    problem_list problems;
    for (auto const& section : parse_toml(text, file.string()))
        problems.collect([&] { read_section(section, result, file.string()); });
    if (problems.empty())
        for (auto& kind : result.kinds) problems.collect([&] { give_policy(kind, result.policies); });
    problems.throw_if_any();
    if (result.kinds.empty())
        throw error{errc::bad_configuration, file.string() + ": there is no [kind.NAME], so there is nothing to run"};
    check_named(result.schedules, file.string());
    if (!result.schedules.schedules.empty() && !result.scheduler)
        throw error{errc::bad_configuration,
                    file.string() + ": there is a [schedule.NAME] and scheduler = false, so that nobody would put it"};
    if (result.groups.empty()) result.groups.push_back({"default", {}, 0});
    return result;
}

worker_options options_for(config const& from, std::vector<group_config> const& groups) {
    auto options = from.options;
    options.groups.clear();
    for (auto const& group : groups) options.groups.push_back(group.options);
    return options;
}

std::vector<std::vector<group_config>> processes_of(config const& from) {
    std::vector<std::vector<group_config>> processes;
    std::vector<group_config> shared;
    for (auto const& group : from.groups) {
        if (group.processes == 0) shared.push_back(group);
        for (int i = 0; i < group.processes; ++i) processes.push_back({group});
    }
    if (!shared.empty()) processes.insert(processes.begin(), std::move(shared));
    return processes;
}

config read_config(std::filesystem::path const& file) { return parse_config(read_file(file), file); }

} // namespace txq::program
