#include <txq/cli/schedule_from.hpp>

#include <optional>
#include <regex>

#include <txq/error.hpp>

namespace txq::cli {

using namespace std::chrono;

namespace {

struct written_time {
    local_seconds shown;
    bool is_utc;
};

std::optional<written_time> read(std::string const& text) {
    static std::regex const form{R"((\d{4})-(\d\d)-(\d\d)([T ](\d\d):(\d\d)(:(\d\d))?)?(Z?))"};
    std::smatch parts;
    if (!std::regex_match(text, parts, form)) return {};
    auto const number = [&](std::size_t part) { return parts[part].matched ? std::stoi(parts[part].str()) : 0; };
    auto const date = year{number(1)} / number(2) / number(3);
    auto const is_time = number(5) < 24 && number(6) < 60 && number(8) < 60;
    if (!date.ok() || !is_time || date.year() < year{1970} || date.year() > year{2199}) return {};
    auto const shown = local_days{date} + hours{number(5)} + minutes{number(6)} + seconds{number(8)};
    return written_time{shown, parts[9].length() > 0};
}

} // namespace

sys_seconds parse_from(std::string const& text, schedules::zone const& where) {
    auto const time = read(text);
    if (!time)
        throw error{errc::bad_time, "--from " + text +
                                        ": not a point in time of the years 1970 to 2199; write 2026-01-31, "
                                        "2026-01-31T09:05:00, or 2026-01-31T09:05:00Z for UTC"};
    return time->is_utc ? sys_seconds{time->shown.time_since_epoch()} : where.first(time->shown);
}

} // namespace txq::cli
