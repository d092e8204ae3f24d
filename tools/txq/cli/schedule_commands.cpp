#include <memory>
#include <ostream>

#include <txq/cli/commands.hpp>
#include <txq/cli/output.hpp>
#include <txq/cli/schedule_from.hpp>
#include <txq/cli/schedules.hpp>
#include <txq/cli/table.hpp>
#include <txq/schedule/schedule.hpp>

namespace txq::cli {

namespace {

using namespace std::chrono;

constexpr int shown_times = 10;

constexpr char explain_examples[] =
    R"(  txq schedule explain "every weekday at 18:00 in Europe/Berlin"
  txq schedule explain "*/15 9-17 * * mon-fri" --zone America/New_York
  txq schedule explain "30 2 * * *" --zone Europe/Berlin --from 2026-03-28
)";

struct explain_options {
    std::string text;
    std::string zone = "UTC";
    std::string from;
};

struct shown_time {
    std::string local; ///< without the zone, such as 2026-03-29T03:00:00
    std::string utc;
    std::string abbreviation;
    seconds offset;
};

std::string digits(std::int64_t number) { return (number < 10 ? "0" : "") + std::to_string(number); }

std::string iso(local_seconds time) {
    auto const day = floor<days>(time);
    auto const date = year_month_day{day};
    auto const clock = hh_mm_ss{time - day};
    return std::to_string(int{date.year()}) + '-' + digits(unsigned{date.month()}) + '-' +
           digits(unsigned{date.day()}) + 'T' + digits(clock.hours().count()) + ':' + digits(clock.minutes().count()) +
           ':' + digits(clock.seconds().count());
}

std::string for_people(std::string time) { return time.replace(time.find('T'), 1, " "); }

/// +02:00
std::string iso(seconds offset) {
    auto const clock = hh_mm_ss{offset};
    return (clock.is_negative() ? "-" : "+") + digits(clock.hours().count()) + ':' + digits(clock.minutes().count());
}

std::vector<shown_time> next_times(schedules::schedule const& what, sys_seconds from) {
    std::vector<shown_time> times;
    auto time = schedules::next(what, from - seconds{1});
    for (; time && times.size() < shown_times; time = schedules::next(what, *time)) {
        auto const period = what.where.at(*time);
        times.push_back({iso(what.where.local(*time)), iso(local_seconds{time->time_since_epoch()}),
                         period.abbreviation, period.offset});
    }
    return times;
}

nlohmann::json json_of(schedules::schedule const& what, std::vector<shown_time> const& times) {
    auto listed = nlohmann::json::array();
    for (auto const& time : times)
        listed.push_back({{"local", time.local + iso(time.offset)}, {"utc", time.utc + 'Z'}});
    return {{"meaning", schedules::describe(what)},
            {"at_changes", what.changes == schedules::at_changes::once_each ? "once_each" : "as_shown"},
            {"zone", what.where.name()},
            {"times", listed}};
}

void show(std::ostream& out, schedules::schedule const& what, std::vector<shown_time> const& times) {
    out << schedules::describe(what) << "\nwhen the clocks are changed, " << schedules::describe(what.changes)
        << "\n\n";
    table rows{{what.where.name()}, {""}, {"UTC"}};
    for (auto const& time : times) rows.add({for_people(time.local), time.abbreviation, for_people(time.utc)});
    out << rows;
    if (times.size() < shown_times) out << (times.empty() ? "no times from then on\n" : "and none after that\n");
}

int explain(command_line const& line, explain_options const& options) {
    auto const what = schedules::parse(options.text, schedules::zone{options.zone});
    auto const from = options.from.empty() ? ceil<seconds>(system_clock::now()) : parse_from(options.from, what.where);
    auto const times = next_times(what, from);
    if (line.common().json)
        write_json(line.io().out, json_of(what, times));
    else
        show(line.io().out, what, times);
    return exit_code::ok;
}

void add_explain(command_line& line, CLI::App* group) {
    auto const options = std::make_shared<explain_options>();
    auto* const command =
        line.add(group, "explain", "Say what a schedule's text means and show its next ten times; needs no database",
                 explain_examples);
    command->add_option("TEXT", options->text, "Such as `every day at 04:02`, or cron's fields; docs/schedules.md")
        ->type_name("")
        ->required();
    command->add_option("--zone", options->zone, "The time zone of a text that names none (default: UTC)")
        ->type_name("ZONE");
    command->add_option("--from", options->from, "Show the times from here on, by the zone's clocks (default: now)")
        ->type_name("TIME");
    line.on(command, [&line, options] { return explain(line, *options); });
}

} // namespace

void add_schedule(command_line& line) {
    auto* const group = line.add_group("schedule", "Keep schedules: what is to be run again and again, and when");
    add_schedule_add(line, group);
    add_schedule_list(line, group);
    add_schedule_changes(line, group);
    add_explain(line, group);
}

} // namespace txq::cli
