#include <support/catch.hpp>

#include <string_view>

#include <txq/detail/utf8.hpp>

using namespace std::string_view_literals;

TEST_CASE("text that PostgreSQL can hold is UTF-8 without NUL") {
    CHECK(txq::is_storable_text(""));
    CHECK(txq::is_storable_text("caf\u00e9 \u20ac \U0001f600"));
    CHECK(txq::is_storable_text("\x7f\u0080\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff"));
    CHECK_FALSE(txq::is_storable_text("a\0b"sv));
}

TEST_CASE("what only looks like UTF-8 is not") {
    for (auto const text : {"\x80"sv, "\xc3"sv, "\xc0\xaf"sv, "\xc1\xbf"sv, "\xe0\x9f\xbf"sv, "\xf0\x8f\xbf\xbf"sv,
                            "\xed\xa0\x80"sv, "\xed\xbf\xbf"sv, "\xf4\x90\x80\x80"sv, "\xf8\x88\x80\x80\x80"sv,
                            "\xfe"sv, "\xff"sv, "\xe2\x82"sv, "\xe2\x82\x41"sv, "\xf0\x9f\x98"sv, "caf\xe9"sv})
        CHECK_FALSE(txq::is_storable_text(text));
}

TEST_CASE("ASCII is below 128") {
    CHECK(txq::is_ascii("a~\x7f"));
    CHECK_FALSE(txq::is_ascii("\u00e9"));
}
