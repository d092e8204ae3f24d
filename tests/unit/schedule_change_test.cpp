// What becomes of a schedule when the clocks are changed, as tables.

#include <support/catch.hpp>
#include <support/schedule.hpp>

#include <vector>

using namespace txq;
using test::instant;

namespace {

struct row {
    char const* text;
    char const* utc; ///< the times within the window
};

/// Of a day, from `begin` to `end`.
std::string times_between(std::string const& text, char const* begin, char const* end) {
    auto const what = schedules::parse(text);
    std::string found;
    for (auto time = schedules::next(what, instant(begin) - std::chrono::seconds{1}); time && *time < instant(end);
         time = schedules::next(what, *time))
        found += (found.empty() ? "" : " ") + test::clock_of(*time);
    return found;
}

void check(std::string const& zone, char const* begin, char const* end, std::vector<row> const& table) {
    for (auto const& [text, utc] : table) {
        INFO(text << " in " << zone);
        CHECK(times_between(text + std::string{" in "} + zone, begin, end) == utc);
    }
}

} // namespace

TEST_CASE("in Berlin spring skips the hour from 02 to 03") {
    check("Europe/Berlin", "2026-03-29T00:00Z", "2026-03-29T03:00Z",
          {
              {"30 2 * * *", "01:00"},
              {"every day at 02:00", "01:00"},
              {"0 3 * * *", "01:00"},
              {"*/10 2 * * *", "01:00"},
              {"0,30 2,3 * * *", "01:00 01:30"},
              {"every day at 01:59, 02:10, 02:50 and 03:01", "00:59 01:00 01:01"},
              {"30 * * * *", "00:30 01:30 02:30"},
              {"0 */2 * * *", "02:00"},
              {"every 30 minutes", "00:00 00:30 01:00 01:30 02:00 02:30"},
              {"every hour at minute 50", "00:50 01:50 02:50"},
              {"every 2 hours at minute 15", "02:15"},
          });
}

TEST_CASE("in Berlin autumn repeats the hour from 02 to 03") {
    check("Europe/Berlin", "2026-10-25T00:00Z", "2026-10-25T03:00Z",
          {
              {"30 2 * * *", "00:30"},
              {"every day at 02:00", "00:00"},
              {"0 3 * * *", "02:00"},
              {"*/20 2 * * *", "00:00 00:20 00:40"},
              {"0,30 2,3 * * *", "00:00 00:30 02:00 02:30"},
              {"30 * * * *", "00:30 01:30 02:30"},
              {"0 */2 * * *", "00:00 01:00"},
              {"every 30 minutes", "00:00 00:30 01:00 01:30 02:00 02:30"},
              {"every hour at minute 50", "00:50 01:50 02:50"},
          });
}

TEST_CASE("in New York spring skips the hour from 02 to 03") {
    check("America/New_York", "2026-03-08T06:00Z", "2026-03-08T09:00Z",
          {
              {"30 2 * * *", "07:00"},
              {"0 2-4 * * *", "07:00 08:00"},
              {"30 * * * *", "06:30 07:30 08:30"},
              {"every hour", "06:00 07:00 08:00"},
              {"0 */2 * * *", "08:00"},
          });
}

TEST_CASE("in New York autumn repeats the hour from 01 to 02") {
    check("America/New_York", "2026-11-01T05:00Z", "2026-11-01T08:00Z",
          {
              {"30 1 * * *", "05:30"},
              {"0 1,2 * * *", "05:00 07:00"},
              {"30 * * * *", "05:30 06:30 07:30"},
              {"0 */2 * * *", "07:00"},
              {"every hour", "05:00 06:00 07:00"},
          });
}

TEST_CASE("on Lord Howe spring skips half an hour from 02") {
    check("Australia/Lord_Howe", "2026-10-03T15:00Z", "2026-10-03T17:00Z",
          {
              {"0 2 * * *", "15:30"},
              {"15 2 * * *", "15:30"},
              {"*/15 2 * * *", "15:30 15:45"},
              {"0 * * * *", "16:00"},
              {"30 */2 * * *", "15:30"},
              {"*/15 * * * *", "15:00 15:15 15:30 15:45 16:00 16:15 16:30 16:45"},
          });
}

TEST_CASE("on Lord Howe autumn repeats half an hour before 02") {
    check("Australia/Lord_Howe", "2026-04-04T14:00Z", "2026-04-04T16:00Z",
          {
              {"45 1 * * *", "14:45"},
              {"every day at 01:30", "14:30"},
              {"0 2 * * *", "15:30"},
              {"*/15 1 * * *", "14:00 14:15 14:30 14:45"},
              {"45 * * * *", "14:45 15:15"},
              {"*/30 * * * *", "14:00 14:30 15:00 15:30"},
          });
}

TEST_CASE("a day that a zone leaves out is made up for at the change") {
    check("Pacific/Apia", "2011-12-30T09:00Z", "2011-12-30T11:00Z",
          {{"0 12 30 12 *", "10:00"}, {"0 * 30 12 *", ""}, {"0 0 31 12 *", "10:00"}});
}
