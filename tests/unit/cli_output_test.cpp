#include <support/catch.hpp>

#include <cstdint>
#include <sstream>

#include <txq/cli/literals.hpp>
#include <txq/cli/output.hpp>
#include <txq/cli/time.hpp>

using namespace txq::cli;
using namespace std::chrono_literals;

namespace {

template <typename T>
std::string shown(T const& what) {
    std::ostringstream out;
    out << what;
    return out.str();
}

} // namespace

TEST_CASE("a table aligns words to the left and numbers to the right") {
    table jobs{{"QUEUE"}, {"READY", table::right}, {"AGE"}};
    jobs.add({"mail", "12,345", "3s"});
    jobs.add({"default", "7", ""});
    CHECK(shown(jobs) == "QUEUE     READY  AGE\n"
                         "mail     12,345  3s\n"
                         "default       7\n");
}

TEST_CASE("a table leaves out a column that is empty in every row") {
    table jobs{{"QUEUE"}, {"PAUSED"}, {"READY", table::right}};
    jobs.add({"mail", "", "1"});
    CHECK(shown(jobs) == "QUEUE  READY\n"
                         "mail       1\n");
}

TEST_CASE("a table counts characters and not bytes") {
    table jobs{{"QUEUE"}, {"N"}};
    jobs.add({"größe", "1"});
    jobs.add({"a", "2"});
    CHECK(shown(jobs) == "QUEUE  N\n"
                         "größe  1\n"
                         "a      2\n");
}

TEST_CASE("a table shows nothing that could move the terminal's cursor") {
    table jobs{{"ERROR"}, {"N"}};
    jobs.add({"a\nb\x1b[2J", "1"});
    jobs.add({"c\xc2\x9b"
              "2J\x7f",
              "2"});
    CHECK(shown(jobs) == "ERROR    N\n"
                         "a b [2J  1\n"
                         "c 2J     2\n");
}

TEST_CASE("a text for a terminal keeps its line breaks or becomes one line") {
    CHECK(harmless("one\n\ttwo\x1b") == "one\n two ");
    CHECK(harmless("\xe2\x80\xaeliam\xe2\x81\xa6\xe2\x80\x99") == " liam \xe2\x80\x99"); // an apostrophe may stay
    CHECK(one_line(" one \n\r\n  two\t\n") == "one two");
    CHECK(one_line("größe") == "größe");
    CHECK(one_line("").empty());
}

TEST_CASE("numbers are grouped and bounded ones say so") {
    CHECK(people_number(0) == "0");
    CHECK(people_number(999) == "999");
    CHECK(people_number(1000) == "1,000");
    CHECK(people_number(1234567) == "1,234,567");
    CHECK(people_number(-1234) == "-1,234");
    CHECK(people_number(INT64_MIN) == "-9,223,372,036,854,775,808");
    CHECK(people_number(bounded{10'000, true}) == "10,000+");
    CHECK(people_number(bounded{10'000, false}) == "10,000");
    CHECK(jobs(1) == "1 job");
    CHECK(jobs(0) == "0 jobs");
}

TEST_CASE("ages are told in the two largest units that matter") {
    CHECK(people_age(-5s) == "0ms");
    CHECK(people_age(999ms) == "999ms");
    CHECK(people_age(1s) == "1s");
    CHECK(people_age(59999ms) == "59s");
    CHECK(people_age(200s) == "3min 20s");
    CHECK(people_age(60s) == "1min");
    CHECK(people_age(2h + 5min + 59s) == "2h 5min");
    CHECK(people_age(24h * 400 + 1h) == "400d 1h");
}

TEST_CASE("times are told in UTC with or without what people do not need") {
    CHECK(people_time("2026-01-31 09:05:00.123+00") == "2026-01-31 09:05:00 UTC");
    CHECK(people_time("2026-01-31 09:05:00+00") == "2026-01-31 09:05:00 UTC");
    CHECK(people_time("infinity") == "infinity");
    CHECK(iso_time("2026-01-31 09:05:00.123+00") == "2026-01-31T09:05:00.123Z");
    CHECK(iso_time("-infinity") == "-infinity");
}

TEST_CASE("long messages become one line of which the middle is left out and never a part of a character") {
    CHECK(shortened("one\ntwo", 60) == "one two");
    CHECK(shortened("123456789", 9) == "123456789");
    CHECK(shortened("1234567890", 9) == "12 ... 90");
    CHECK(shortened("äbcdefghiö", 9) == "äb ... iö");
    CHECK(shortened("äbcdefghiö", 8) == "äb ... ö");
    CHECK(shortened("", 8).empty());
}

TEST_CASE("JSON keeps a payload as it is and replaces what is not UTF-8") {
    std::ostringstream out;
    write_json(out, {{"kind", "a\xff"}}, "payload", R"({"large": 1e400})");
    CHECK(out.str() == "{\n  \"kind\": \"a\xef\xbf\xbd\",\n  \"payload\": {\"large\": 1e400}\n}\n");
}

TEST_CASE("a statement for a script has literals in place of its parameters") {
    txq::statement const what{"example", "-- Says something.\n--   $1 text\nselect $1::text, $2, $10, '$';\n"};
    auto with = txq::pq::params{"it's", std::optional<int>{}};
    for (int i = 3; i <= 10; ++i) with.add(i);
    CHECK(with_literals(what, with) == "select 'it''s'::text, null, '10', '$';\n");
}
