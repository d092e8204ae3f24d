#include <support/catch.hpp>

#include <txq/detail/toml.hpp>
#include <txq/error.hpp>

using txq::program::parse_toml;
using strings = std::vector<std::string>;

namespace {

template <typename T>
T only_value(std::string const& written) {
    return std::get<T>(parse_toml("key = " + written).front().values.at("key").content);
}

std::string complaint_about(std::string const& text) {
    try {
        parse_toml(text);
    } catch (txq::error const& wrong) {
        CHECK(wrong.code() == txq::errc::bad_configuration);
        return wrong.what();
    }
    return "none";
}

} // namespace

TEST_CASE("a file is read as sections of keys with their lines") {
    auto const sections = parse_toml("# a worker\n"
                                     "lease = \"4s\" # short\n"
                                     "\n"
                                     "[group.mail]\r\n"
                                     "threads = 8\r\n"
                                     "[ kind . \"send.mail\" ]\n"
                                     "'exec' = ['true']");
    REQUIRE(sections.size() == 3);
    CHECK(sections[0].path.empty());
    CHECK(sections[0].values.at("lease").line == 2);
    CHECK(sections[1].path == strings{"group", "mail"});
    CHECK(sections[1].line == 4);
    CHECK(std::get<std::int64_t>(sections[1].values.at("threads").content) == 8);
    CHECK(sections[2].path == strings{"kind", "send.mail"});
    CHECK(sections[2].values.count("exec") == 1);
}

TEST_CASE("an empty file has one section without keys") {
    CHECK(parse_toml("").size() == 1);
    CHECK(parse_toml("\xEF\xBB\xBF# nothing").front().values.empty());
}

TEST_CASE("strings keep what comments and arrays and quotes would mean elsewhere") {
    CHECK(only_value<std::string>(R"("a # b, [c] 'd'")") == "a # b, [c] 'd'");
    CHECK(only_value<std::string>(R"('"x" \n')") == "\"x\" \\n");
    CHECK(only_value<std::string>(R"("'x y'")") == "'x y'");
    CHECK(only_value<std::string>("\"\"").empty());
}

TEST_CASE("backslashes in a string are those of TOML") {
    CHECK(only_value<std::string>(R"("\b\t\n\f\r\"\\")") == "\b\t\n\f\r\"\\");
    CHECK(only_value<std::string>(R"("\u0041\u00e4\u20AC\U0001F600")") == "A\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80");
}

TEST_CASE("a string in three quotes may have several lines") {
    CHECK(only_value<std::string>("'''\ninsert into t\nselect '#'\n'''") == "insert into t\nselect '#'\n");
    CHECK(only_value<std::string>("\"\"\"one \\\n   two \"quoted\"\\t\"\"\"") == "one two \"quoted\"\t");
    CHECK(only_value<std::string>("''''''").empty());
}

TEST_CASE("arrays may have several lines and comments and a comma at the end") {
    CHECK(only_value<strings>("[]").empty());
    CHECK(only_value<strings>("[\"sh\" , \"-c\",'x y']") == strings{"sh", "-c", "x y"});
    CHECK(only_value<strings>("[ # why\n  \"a\", # because\n  \"b\",\n]") == strings{"a", "b"});
}

TEST_CASE("numbers and booleans are values") {
    CHECK(only_value<std::int64_t>("+12") == 12);
    CHECK(only_value<std::int64_t>("-3") == -3);
    CHECK(only_value<std::int64_t>("1_000") == 1000);
    CHECK(only_value<bool>("true"));
    CHECK_FALSE(only_value<bool>("false"));
}

TEST_CASE("what is not TOML is refused with its line") {
    auto const [text, complaint] = GENERATE(table<std::string, std::string>({
        {"a = 1\na = 2", "line 2: "},
        {"[a]\n[b]\n[a]", "line 3: "},
        {"[a", "line 1: "},
        {"[]", "line 1: "},
        {"\na", "line 2: "},
        {"a = ", "line 1: "},
        {"a = 4s", "line 1: "},
        {"a = mail", "line 1: "},
        {"a = -", "line 1: "},
        {"a = 99999999999999999999", "line 1: "},
        {"a = \"x\" y", "line 1: "},
        {"a = \"x\nb = 1", "line 1: "},
        {"a = [\"x\"\nb = 1", "line 2: "},
        {"a = [\"x\",", "line 1: "},
        {"a = \"\\x\"", "line 1: "},
        {"a = \"\\ud800\"", "line 1: "},
        {"a = \"\\u12\"", "line 1: "},
        {"a = trueish", "line 1: "},
        {"= 1", "line 1: "},
        {"\na = '''x\ny", "line 3: "},
    }));
    INFO(text);
    CHECK_THAT(complaint_about(text), Catch::Matchers::StartsWith(complaint));
}

TEST_CASE("what is there twice is named") {
    CHECK_THAT(complaint_about("[group.a]\n[kind.b]\n[group.a]"), Catch::Matchers::Contains("'group.a'"));
    CHECK_THAT(complaint_about("lease = \"1s\"\nlease = \"2s\""), Catch::Matchers::Contains("'lease'"));
}

TEST_CASE("TOML that no worker needs is refused with its line") {
    auto const [text, complaint] = GENERATE(table<std::string, std::string>({
        {"[[a]]", "line 1: [[double brackets]]"},
        {"a = 1.5", "line 1: a value is"},
        {"a = 2026-01-31", "line 1: a value is"},
        {"\na = {b = 1}", "line 2: a value is"},
        {"a = [1]", "line 1: an array has strings"},
        {"a = [\n\"x\",\n[\"y\"]]", "line 3: an array has strings"},
        {"a = \"\\u0000\"", "line 1: a string has a \\u0000"},
    }));
    INFO(text);
    CHECK_THAT(complaint_about(text), Catch::Matchers::StartsWith(complaint));
}

TEST_CASE("sections are in the order of the file whatever their names") {
    auto const sections = parse_toml("[b]\nx = 1\n[a.z]\nx = 1\n[a.c]\n[a]\nx = 1");
    REQUIRE(sections.size() == 5);
    CHECK(sections[1].path == strings{"b"});
    CHECK(sections[2].path == strings{"a", "z"});
    CHECK(sections[3].path == strings{"a", "c"});
    CHECK(sections[4].path == strings{"a"});
}

TEST_CASE("a file of bytes that are no text is refused") {
    CHECK_THAT(complaint_about("a = \"\xFF\""), Catch::Matchers::Contains("UTF-8"));
    CHECK_THAT(complaint_about(std::string("a = \"\0\"", 7)), Catch::Matchers::Contains("UTF-8"));
}
