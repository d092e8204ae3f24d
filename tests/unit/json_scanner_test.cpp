#include <support/catch.hpp>

#include <string>

#include <outbox/src/ascii_json.hpp>
#include <outbox/src/json_scanner.hpp>

using Catch::Matchers::StartsWith;
using txq::json_scanner;

namespace {

std::size_t bytes(std::string_view text) { return json_scanner{text}.scan().bytes; }

/// Empty if there is none.
std::string problem(std::string_view text) try {
    json_scanner{text}.scan();
    return "";
} catch (txq::not_jsonb const& found) { return found.what(); }

std::string repeated(std::string_view text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
}

} // namespace

TEST_CASE("every kind of JSON value is taken at the top") {
    for (auto const* text :
         {"{}", "[]", "\"\"", "0", "-1.5e+3", "true", "false", "null", " \t\r\n{ \"a\" : [ 1 , 2 ] } "}) {
        INFO(text);
        CHECK(problem(text) == "");
    }
}

TEST_CASE("the size is that of the text which jsonb writes") {
    CHECK(bytes(R"({"a":1,"b":[1,2,{}]})") == std::string{R"({"a": 1, "b": [1, 2, {}]})"}.size());
    CHECK(bytes(R"( [ ] )") == 2);
    CHECK(bytes(R"("\u0041\/")") == 4);
    CHECK(bytes(R"("\n\u000a\u001f\"\\")") == 2 + 2 + 2 + 6 + 2 + 2);
    CHECK(bytes(R"("\u00e9\u20ac\ud83d\ude00")") == 2 + 2 + 3 + 4);
    CHECK(bytes("\"\u00e9\u20ac\U0001f600\"") == 2 + 2 + 3 + 4);
    CHECK(bytes("1e131071") == 131'072);
}

TEST_CASE("a text beyond ASCII is noticed") {
    CHECK(json_scanner{R"("\u00e9")"}.scan().ascii);
    CHECK_FALSE(json_scanner{"\"\u00e9\""}.scan().ascii);
    CHECK_FALSE(json_scanner{"{\"\u00e9\":1}"}.scan().ascii);
}

TEST_CASE("what is not JSON is refused and its place is named") {
    CHECK(problem("") == "a value is missing, at byte 1");
    CHECK(problem("  ") == "a value is missing, at byte 3");
    CHECK(problem("{}x") == "there is something after the end, at byte 3");
    CHECK(problem("[1,]") == "a value is missing, at byte 4");
    CHECK(problem("[1 2]") == "',' or ']' is missing, at byte 4");
    CHECK(problem("[1}") == "',' or ']' is missing, at byte 3");
    CHECK(problem("{\"a\" 1}") == "':' is missing, at byte 6");
    CHECK(problem("{\"a\":1,}") == "a key, which is a string, is missing, at byte 8");
    CHECK(problem("{a:1}") == "a key, which is a string, is missing, at byte 2");
    CHECK(problem("{\"a\":1]") == "',' or '}' is missing, at byte 7");
    CHECK(problem("[") == "a value is missing, at byte 2");
    CHECK(problem("\"abc") == "a string has no end, at byte 5");
    CHECK(problem("tru") == "a value is missing, at byte 1");
    CHECK(problem("NaN") == "a value is missing, at byte 1");
    CHECK(problem("'a'") == "a value is missing, at byte 1");
    CHECK(problem("[1] // one") == "there is something after the end, at byte 5");
    CHECK(problem("\ufeff{}") == "a value is missing, at byte 1");
}

TEST_CASE("numbers are written as JSON has it") {
    CHECK(problem("-") == "a number has no digits, at byte 2");
    CHECK(problem("+1") == "a value is missing, at byte 1");
    CHECK(problem("01") == "a number begins with a needless 0, at byte 3");
    CHECK(problem("1.") == "a number has no digits behind its point, at byte 3");
    CHECK(problem(".5") == "a value is missing, at byte 1");
    CHECK(problem("1e") == "a number has no digits in its exponent, at byte 3");
    CHECK(problem("1e+-1") == "a number has no digits in its exponent, at byte 4");
    CHECK(problem("0x10") == "there is something after the end, at byte 2");
    CHECK_THAT(problem("[1e131072]"), StartsWith("PostgreSQL's numeric cannot hold this number"));
}

TEST_CASE("what PostgreSQL cannot hold is refused wherever it stands") {
    CHECK(problem(R"("a\u0000")") == "PostgreSQL cannot hold \\u0000, at byte 9");
    CHECK_THAT(problem(R"({"\u0000":1})"), StartsWith("PostgreSQL cannot hold"));
    CHECK_THAT(problem(R"("\ud800")"), StartsWith("a high surrogate has no low one behind it"));
    CHECK_THAT(problem(R"("\ud800\n")"), StartsWith("a high surrogate has no low one behind it"));
    CHECK_THAT(problem(R"("\ud800\ud800")"), StartsWith("a high surrogate has no low one behind it"));
    CHECK_THAT(problem(R"("\udc00")"), StartsWith("a low surrogate has no high one before it"));
    CHECK_THAT(problem("\"\xff\""), StartsWith("it is not UTF-8"));
    CHECK_THAT(problem("\"\xc0\x80\""), StartsWith("it is not UTF-8"));
    CHECK_THAT(problem("{\"\xed\xa0\x80\":1}"), StartsWith("it is not UTF-8"));
    CHECK_THAT(problem("\"\xe2\x82"), StartsWith("it is not UTF-8"));
}

TEST_CASE("a NUL byte is refused wherever it stands") {
    using namespace std::string_view_literals;
    for (auto const text :
         {"\0"sv, "{}\0"sv, "\"\0\""sv, "[\0]"sv, "\"\\\0\""sv, "\"\\u\0000\""sv, "1\0"sv, "{\"a\"\0:1}"sv})
        CHECK(problem(text) != "");
}

TEST_CASE("escapes are those of JSON") {
    CHECK(problem(R"("\"\\\/\b\f\n\r\t\u12aF")") == "");
    CHECK_THAT(problem(R"("\x41")"), StartsWith("there is no such escape"));
    CHECK_THAT(problem(R"("\u12g4")"), StartsWith("\\u must have four hexadecimal digits"));
    CHECK_THAT(problem("\"\\u12"), StartsWith("\\u must have four hexadecimal digits"));
    CHECK_THAT(problem("\"\\"), StartsWith("there is no such escape"));
    CHECK_THAT(problem("\"a\nb\""), StartsWith("a control character in a string must be escaped"));
}

TEST_CASE("512 levels are taken and one more is not") {
    CHECK(problem(repeated("[", 512) + repeated("]", 512)) == "");
    CHECK(problem(repeated("[", 513) + repeated("]", 513)) == "it is nested deeper than 512 levels, at byte 513");
    CHECK(problem(repeated("{\"a\":", 512) + "1" + repeated("}", 512)) == "");
    CHECK_THAT(problem(repeated("{\"a\":", 513)), StartsWith("it is nested deeper than 512 levels"));
}

TEST_CASE("a million levels cost no stack") {
    CHECK_THAT(problem(repeated("[", 1'000'000)), StartsWith("it is nested deeper"));
}

TEST_CASE("levels that were closed do not count") { CHECK(problem("[" + repeated("[[]],", 2'000) + "1]") == ""); }

TEST_CASE("JSON is written in ASCII with the same meaning") {
    CHECK(txq::ascii_json(R"({"a": "b\n"})") == R"({"a": "b\n"})");
    CHECK(txq::ascii_json("{\"\u00e9\": \"\u20ac\U0001f600\"}") == R"({"\u00e9": "\u20ac\ud83d\ude00"})");
    CHECK(txq::ascii_json("\"\U0010ffff\"") == R"("\udbff\udfff")");
}
