#include "schedule_section.hpp"

namespace txq::program {

namespace {

missed_times parse_missed(std::string const& word) {
    for (auto const policy : {missed_times::skip, missed_times::once, missed_times::all})
        if (word == name(policy)) return policy;
    throw error{errc::bad_configuration, "this should be \"skip\", \"once\" or \"all\""};
}

/// Empty it would mean nobody's, which is to leave it out.
std::string parse_tenant(std::string const& name) {
    if (name.empty()) throw error{errc::bad_tenant, "this is empty; it must have 1 to 128 bytes"};
    return name;
}

std::map<std::string, std::string> read_headers(section_reader& keys) {
    std::map<std::string, std::string> headers;
    for (auto const& one : keys.list("headers").value_or(std::vector<std::string>{})) {
        auto const equals = one.find('=');
        if (equals == 0 || equals == one.npos) keys.fail("headers", "write each as \"name=value\"");
        if (!headers.emplace(one.substr(0, equals), one.substr(equals + 1)).second)
            keys.fail("headers", "there are two of the same name");
    }
    return headers;
}

schedule_options read_options(section_reader& keys) {
    schedule_options options;
    options.zone = keys.text("zone").value_or(options.zone);
    options.queue = keys.text("queue").value_or(options.queue);
    options.priority = keys.number("priority", 0, 3).value_or(options.priority);
    options.max_attempts = keys.number("max_attempts", 1, 1000).value_or(options.max_attempts);
    options.tenant = keys.parsed("tenant", parse_tenant).value_or(options.tenant);
    options.headers = read_headers(keys);
    options.missed = keys.parsed("missed", parse_missed).value_or(options.missed);
    options.missed_limit = keys.number("missed_limit", 1, 1000).value_or(options.missed_limit);
    options.overlap = keys.truth("overlap").value_or(options.overlap);
    options.jitter = keys.duration("jitter").value_or(options.jitter);
    return options;
}

schedule_definition read_one(section_reader& keys, std::string name) {
    schedule_definition one{std::move(name), keys.text("times").value_or(""), keys.text("kind").value_or("")};
    auto const payload = keys.text("payload");
    one.payload = payload.value_or(one.payload);
    one.command = keys.text("sql").value_or("");
    one.options = read_options(keys);
    keys.finish();
    if (one.times.empty()) keys.fail("times are missing, such as times = \"every day at 04:02\"");
    if (one.kind.empty() == one.command.empty()) keys.fail("a schedule has either a kind or sql");
    if (payload && !one.command.empty()) keys.fail("payload", "a schedule that runs SQL has none");
    try {
        check(one);
    } catch (error const& wrong) { keys.fail(wrong.what()); }
    return one;
}

} // namespace

std::string read_schedule_set(section_reader& keys) {
    auto const name = keys.text("schedule_set").value_or("");
    if (name.size() > 128) keys.fail("schedule_set", "this has more than 128 bytes");
    return name;
}

void read_schedule(section_reader& keys, schedule_set& into) {
    auto name = keys.name();
    if (name.empty()) keys.fail("a section is [schedule.NAME]: the name is missing");
    refuse_second(into.schedules, name, keys);
    into.schedules.push_back(read_one(keys, std::move(name)));
}

void check_named(schedule_set const& set, std::string const& file) {
    if (set.schedules.empty() || !set.name.empty()) return;
    throw error{errc::bad_configuration,
                file +
                    ": there is a [schedule.NAME] and no schedule_set = \"...\" above the first section: a name that "
                    "all programs with these schedules have, and no others"};
}

} // namespace txq::program
