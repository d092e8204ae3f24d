// Points in time: of `--from`, and those of the database. The first line is a zone, the second one the text.

#include <txq/cli/schedule_from.hpp>
#include <txq/cli/time.hpp>
#include <txq/error.hpp>

#include <worker/src/claimed_jobs.hpp>

#include "fuzz.hpp"

using namespace txq;
using namespace std::chrono;

namespace {

schedules::zone zone_of(std::string_view name) try { return schedules::zone{std::string{name}}; } catch (error const&) {
    return {};
}

void check_from(std::string const& text, schedules::zone const& where) try {
    auto const time = cli::parse_from(text, where);
    fuzz::require(time >= sys_days{year{1969} / December / 30}, "no time is before 1970", text);
    fuzz::require(time <= sys_days{year{2200} / January / 2}, "no time is beyond 2199", text);
} catch (error const& wrong) {
    fuzz::require(wrong.code() == errc::bad_time, "a time is refused in one way", wrong.what());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto rest = fuzz::text_of(data, size);
    auto const where = zone_of(fuzz::take_line(rest));
    std::string const text{rest};
    check_from(text, where);
    fuzz::require(!fuzz::has(cli::iso_time(text + "+00"), " "), "ISO 8601 has no blanks", text);
    fuzz::require(cli::people_time(text + "+00").ends_with(" UTC"), "people are told the zone", text);
    auto const read = read_timestamp(text);
    fuzz::require(read >= sys_days{year{1969} / December / 31} && read <= sys_days{year{2200} / January / 7},
                  "no time is one that C++ cannot calculate with", text);
    return 0;
}
