#include <support/schedule.hpp>

#include <ctime>

#include <txq/cli/schedule_from.hpp>

namespace txq::test {

namespace {

std::string formatted(std::chrono::sys_seconds time, char const* how) {
    auto const count = static_cast<std::time_t>(time.time_since_epoch().count());
    std::tm parts{};
    ::gmtime_r(&count, &parts);
    char text[64];
    return {text, std::strftime(text, sizeof text, how, &parts)};
}

} // namespace

std::chrono::sys_seconds instant(std::string const& text) { return cli::parse_from(text, {}); }
std::string clock_of(std::chrono::sys_seconds time) { return formatted(time, "%H:%M"); }
std::string shown(std::chrono::sys_seconds time) { return formatted(time, "%FT%TZ"); }

} // namespace txq::test
