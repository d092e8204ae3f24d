#include <support/catch.hpp>

#include <txq/detail/duration.hpp>
#include <txq/error.hpp>

using namespace std::chrono_literals;
using txq::format_duration;
using txq::parse_duration;

TEST_CASE("a duration is whole numbers with their units") {
    CHECK(parse_duration("0s") == 0ms);
    CHECK(parse_duration("20ms") == 20ms);
    CHECK(parse_duration("30s") == 30s);
    CHECK(parse_duration("5min") == 5min);
    CHECK(parse_duration("12h") == 12h);
    CHECK(parse_duration("7d") == 7 * 24h);
    CHECK(parse_duration("36500d") == 36'500 * 24h);
    CHECK(parse_duration("5m") == 5min);
    CHECK(parse_duration("1h30min") == 90min);
    CHECK(parse_duration("1min 28s") == 88s);
    CHECK(parse_duration("1d 2h 3min 4s 5ms") == 24h + 2h + 3min + 4s + 5ms);
    CHECK(parse_duration("0") == 0ms);
}

TEST_CASE("what is not a duration is refused with the reason and an example") {
    auto const [text, reason] = GENERATE(table<char const*, char const*>({
        {"", "where a whole number should be"},
        {"s", "where a whole number should be"},
        {"-1s", "where a whole number should be"},
        {" 1s", "where a whole number should be"},
        {"+1s", "where a whole number should be"},
        {"10", "has no unit"},
        {"1.5s", "the unit is unknown"},
        {"1 s", "has no unit"},
        {"1S", "the unit is unknown"},
        {"1h30", "has no unit"},
        {"30min 1h", "do not become smaller"},
        {"1s 1s", "do not become smaller"},
        {"1h, 30min", "the unit is unknown"},
        {"36500d 1ms", "longer than a hundred years"},
        {"36501d", "longer than a hundred years"},
        {"99999999999999999999ms", "longer than a hundred years"},
        {"18446744073709551615s", "longer than a hundred years"},
    }));
    INFO(text);
    try {
        parse_duration(text);
        FAIL("accepted");
    } catch (txq::error const& refused) {
        CHECK(refused.code() == txq::errc::bad_configuration);
        CHECK_THAT(refused.what(), Catch::Matchers::Contains(reason) && Catch::Matchers::Contains("write 20ms, 30s"));
    }
}

TEST_CASE("a duration is written in the largest unit that needs no fraction") {
    CHECK(format_duration(0ms) == "0s");
    CHECK(format_duration(20ms) == "20ms");
    CHECK(format_duration(1500ms) == "1500ms");
    CHECK(format_duration(90s) == "90s");
    CHECK(format_duration(300s) == "5min");
    CHECK(format_duration(24h) == "1d");
}

TEST_CASE("a duration that was written can be read") {
    auto const duration = GENERATE(0ms, 1ms, 999ms, 1000ms, 61'000ms, 3'600'000ms, 90'000'001ms);
    CHECK(parse_duration(format_duration(duration)) == duration);
}
