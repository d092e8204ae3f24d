#include "definition.hpp"

#include <set>

#include <txq/detail/sql_statement.hpp>
#include <txq/detail/utf8.hpp>
#include <txq/schedule/schedule.hpp>

#include <outbox/src/ascii_json.hpp>
#include <outbox/src/limits.hpp>
#include <outbox/src/validate.hpp>

namespace txq {

namespace {

constexpr std::size_t longest_command = 65'536;

[[noreturn]] void refuse(std::string const& why) { throw error{errc::bad_schedule, why}; }

void check_length(char const* field, std::string_view value, std::size_t most) {
    if (value.empty() || value.size() > most)
        refuse(std::string{field} + " has " + std::to_string(value.size()) + " bytes; it must have 1 to " +
               std::to_string(most));
    if (!is_storable_text(value))
        refuse(std::string{field} + " has a NUL or is not UTF-8, which PostgreSQL cannot hold");
}

/// What a worker would refuse each time that the schedule is run.
void check_command(std::string const& command) {
    check_length("command", command, longest_command);
    try {
        program::prepare_for_jobs(command);
    } catch (error const& refused) { refuse(std::string{"command: "} + refused.what()); }
}

void check_options(schedule_options const& options) {
    if (options.missed_limit < 1 || options.missed_limit > 1000)
        refuse("missed_limit is " + std::to_string(options.missed_limit) + "; it must be 1 to 1000");
    if (options.missed == missed_times::all && !options.overlap)
        refuse("missed is all, which starts several runs at once, and overlap is false; choose one of them");
    if (options.jitter < options.jitter.zero() || options.jitter > std::chrono::days{1})
        refuse("jitter is " + std::to_string(options.jitter.count()) + " ms; it must be 0 to 1 day (86400000 ms)");
}

enqueue_options of_jobs(schedule_options const& options) {
    enqueue_options jobs;
    jobs.queue = options.queue;
    jobs.priority = options.priority;
    jobs.max_attempts = options.max_attempts;
    jobs.tenant = options.tenant;
    jobs.headers = options.headers;
    return jobs;
}

void check_job(schedule_definition const& given, checked_schedule& into) {
    auto const is_sql = !given.command.empty();
    if (is_sql) check_command(given.command);
    if (is_sql && !given.options.headers.empty()) refuse("a schedule that runs SQL has no headers");
    if (!is_sql && given.kind == sql_kind)
        throw error{errc::bad_kind, std::string{"the kind "} + sql_kind +
                                        " is that of schedules which run SQL: give a command instead"};
    auto const jobs = of_jobs(given.options);
    into.headers = check_common(is_sql ? sql_kind : given.kind, jobs, "").headers;
    auto const shape = check_payload(given.payload, jobs.payload_limit);
    into.payload = shape.ascii ? given.payload : ascii_json(given.payload);
}

nlohmann::json fields_of(checked_schedule const& one) {
    auto const& options = one.options;
    nlohmann::json fields = {{"name", one.name},
                             {"times", one.times},
                             {"zone", options.zone},
                             {"kind", one.command.empty() ? one.kind : sql_kind},
                             {"queue", options.queue},
                             {"priority", options.priority},
                             {"max_attempts", options.max_attempts},
                             {"missed", name(options.missed)},
                             {"missed_limit", options.missed_limit},
                             {"overlap", options.overlap},
                             {"jitter", std::to_string(options.jitter.count()) + " ms"}};
    if (!one.command.empty()) fields["command"] = one.command;
    if (!options.tenant.empty()) fields["tenant"] = options.tenant;
    return fields;
}

/// Payload and headers are written as they are: numbers in jsonb may be larger than any of C++'s.
std::string json_of(checked_schedule const& one) {
    auto text = fields_of(one).dump(-1, ' ', true);
    text.pop_back();
    text += ",\"payload\":" + one.payload;
    if (one.headers) text += ",\"headers\":" + *one.headers;
    return text + '}';
}

} // namespace

char const* name(missed_times policy) noexcept {
    switch (policy) {
    case missed_times::skip: return "skip";
    case missed_times::once: return "once";
    case missed_times::all: return "all";
    }
    return "unknown";
}

checked_schedule checked(schedule_definition const& given) {
    check_length("name", given.name, limits::name_bytes);
    schedules::parse(given.times, schedules::zone{given.options.zone});
    check_options(given.options);
    checked_schedule result{given.name, given.times, given.kind, {}, given.command, std::nullopt, given.options};
    check_job(given, result);
    return result;
}

checked_schedule checked(schedule_definition const& given, char const* caller) {
    try {
        return checked(given);
    } catch (error const& refused) {
        auto const of = is_storable_text(given.name) && given.name.size() <= limits::name_bytes && !given.name.empty()
                            ? " of " + given.name
                            : "";
        throw error{refused.code(), caller + of + ": " + refused.what()};
    }
}

void check_name(std::string_view name, char const* caller) {
    try {
        check_length("name", name, limits::name_bytes);
    } catch (error const& refused) { throw error{refused.code(), std::string{caller} + ": " + refused.what()}; }
}

std::string json_of(schedule_set const& set) {
    std::string all;
    for (auto const& one : set.schedules) all += (all.empty() ? "" : ",") + json_of(checked(one));
    return '[' + all + ']';
}

void check(schedule_definition const& one) { checked(one); }

void check(schedule_set const& set) {
    check_length("the name of a set", set.name, limits::name_bytes);
    std::set<std::string> names;
    for (auto const& one : set.schedules) {
        checked(one, "schedule_set");
        if (!names.insert(one.name).second) refuse("schedule_set of " + one.name + ": it is there twice");
    }
}

} // namespace txq
