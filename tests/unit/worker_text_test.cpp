#include <support/catch.hpp>

#include <program/text.hpp>

using namespace txq::program;

TEST_CASE("text that is fine stays as it is") {
    CHECK(clean_text("Gr\xC3\xBC\xC3\x9F"
                     "e\n\tvon \xF0\x9F\x98\x80") == "Gr\xC3\xBC\xC3\x9F"
                                                     "e\n\tvon \xF0\x9F\x98\x80");
    CHECK(clean_text("").empty());
}

TEST_CASE("what PostgreSQL or a terminal could not take is replaced") {
    CHECK(clean_text(std::string_view{"a\0b", 3}) == "a\xEF\xBF\xBD"
                                                     "b");
    CHECK(clean_text("a\x1B[31mb") == "a\xEF\xBF\xBD[31mb");
    CHECK(clean_text("a\xFF") == "a\xEF\xBF\xBD");
    CHECK(clean_text("50%\r100%\r\n") == "50%100%\n");
}

TEST_CASE("the end of a text begins with a whole character") {
    CHECK(last_of("abc", 5) == "abc");
    CHECK(last_of("abc", 2) == "bc");
    CHECK(last_of("\xC3\xBC"
                  "bc",
                  3) == "bc");
    CHECK(last_of("\xF0\x9F\x98\x80", 3).empty());
}

TEST_CASE("a tail keeps the last bytes of any number of pieces") {
    tail end{4};
    end.append("ab");
    end.append("cd");
    CHECK(end.bytes() == "abcd");
    CHECK_FALSE(end.is_cut());
    end.append("e");
    CHECK(end.bytes() == "bcde");
    CHECK(end.is_cut());
    for (int i = 0; i < 1000; ++i) end.append("0123456789");
    CHECK(end.bytes() == "6789");
    CHECK(end.is_cut());
}

TEST_CASE("characters are written as UTF-8") {
    std::string text;
    for (char32_t const code : {U'A', U'\u00FC', U'\u20AC', U'\U0001F600'}) append_utf8(text, code);
    CHECK(text == "A\xC3\xBC\xE2\x82\xAC\xF0\x9F\x98\x80");
}
